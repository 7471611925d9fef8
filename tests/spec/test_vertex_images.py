"""Across modules. Vertex AI's prebuilt images come to an end on known days; TensorFlow Serving's takes their place."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from documents import page

from workbench.spec.targets.vertex import VertexTarget
from workbench.spec.targets.vertex_images import PREBUILT_IMAGES, SERVING_IMAGE, SERVING_RELEASE, mirror_commands

TARGET = VertexTarget(project="acme-1", region="europe-west4", bucket="models")


@pytest.mark.parametrize(
    ("image", "today", "state"),
    [
        ("tf2-cpu.2-15", date(2026, 7, 13), "supported"),
        ("tf2-cpu.2-15", date(2026, 7, 14), "unpatched"),
        ("tf2-gpu.2-15:latest", date(2027, 1, 13), "unpatched"),
        ("tf2-cpu.2-15", date(2027, 1, 14), "removed"),
        ("us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-14:latest", date(2026, 1, 14), "unpatched"),
        ("tf2-cpu.2-13", date(2025, 11, 28), "removed"),
        ("tf2-cpu.2-8", date(2024, 11, 14), "unpatched"),
        ("tf2-cpu.2-1", date(2024, 11, 15), "removed"),
        ("tf_opt-cpu.nightly", date(2030, 1, 1), "supported"),
        ("europe-docker.pkg.dev/acme-1/r/serving:2.8.0", date(2030, 1, 1), "supported"),
    ],
)
def test_an_image_is_maintained_until_googles_own_dates(image: str, today: date, state: str) -> None:
    assert msgspec.structs.replace(TARGET, image=image).image_status(today).state == state


def test_what_ends_is_said_with_both_dates() -> None:
    text = TARGET.image_status(date(2026, 12, 1)).text
    assert "prebuilt image of TensorFlow 2.15 has had no patches since 14 July 2026" in text
    assert "not available from 14 January 2027" in text


def test_images_of_another_host_are_not_googles_to_end() -> None:
    other = msgspec.structs.replace(TARGET, url="http://127.0.0.1:8080")
    assert other.image_status(date(2030, 1, 1)).state == "supported"


def test_a_new_target_serves_with_tensorflow_serving_of_the_users_own_registry() -> None:
    new = msgspec.structs.replace(TARGET, image=SERVING_IMAGE)
    uri = f"europe-west4-docker.pkg.dev/acme-1/serving/serving:{SERVING_RELEASE}"
    assert VertexTarget.facts.new_values["image"] == SERVING_IMAGE
    assert new.image_uri() == uri
    assert new.is_serving()
    assert new.tensorflow() == SERVING_RELEASE.rpartition(".")[0]
    assert not list(new.problems())
    assert mirror_commands(new.region, new.project)[-1] == f"docker push {uri}"


def test_the_optimized_runtime_comes_from_its_own_repository() -> None:
    optimized = msgspec.structs.replace(TARGET, image="tf_opt-cpu.nightly")
    assert optimized.image_uri() == "europe-docker.pkg.dev/vertex-ai-restricted/prediction/tf_opt-cpu.nightly:latest"
    assert optimized.is_prebuilt()


def test_the_page_of_targets_has_the_same_dates_and_commands() -> None:
    text = page("targets")
    for release, support in PREBUILT_IMAGES.items():
        days = (f"{day.day} {day:%B %Y}" for day in support)
        assert f"| {release} | {' | '.join(days)} |" in text
    assert all(f"$ {command}\n" in text for command in mirror_commands("REGION", "PROJECT"))
