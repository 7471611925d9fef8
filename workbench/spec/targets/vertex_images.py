"""Vertex AI's prebuilt TensorFlow images with the dates Google ends them on, and the TensorFlow Serving image instead.

Dates: "Prebuilt containers for prediction", framework support policy. After the end of availability no endpoint can be
created with an image, and existing ones may be deleted.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from workbench.spec.targets.base import ImageStatus


class ImageSupport(NamedTuple):
    """The last days of an image: of patches, and of its being available at all."""

    patched_until: date
    available_until: date


PREBUILT_IMAGES: Final = {
    "2.15": ImageSupport(date(2026, 7, 14), date(2027, 1, 14)),
    "2.14": ImageSupport(date(2026, 1, 14), date(2027, 1, 14)),
    "2.13": ImageSupport(date(2024, 11, 28), date(2025, 11, 28)),
    "2.12": ImageSupport(date(2024, 6, 30), date(2025, 6, 30)),
}
"""By TensorFlow release. There is none after 2.15; 2.1 to 2.11 and 1.15 ended together."""

_OLDER: Final = ImageSupport(date(2023, 11, 15), date(2024, 11, 15))

SERVING_RELEASE: Final = "2.19.1"
"""The release of TensorFlow Serving that a new target is given."""

SERVING_IMAGE: Final = f"{{region}}-docker.pkg.dev/{{project}}/serving/serving:{SERVING_RELEASE}"
"""TensorFlow Serving in the user's own registry; `{region}` and `{project}` are the target's."""


def image_status(release: str, today: date) -> ImageStatus:
    """The state of the prebuilt image of a TensorFlow release (`2.15`) on a day."""
    support = PREBUILT_IMAGES.get(release, _OLDER)
    image = f"Vertex AI's prebuilt image of TensorFlow {release}"
    gone = support.available_until
    if today >= gone:
        return ImageStatus("removed", f"{image} has not been available since {_day(gone)}.")
    if today >= support.patched_until:
        unpatched = f"{image} has had no patches since {_day(support.patched_until)}"
        return ImageStatus("unpatched", f"{unpatched} and is not available from {_day(gone)} on.")
    return ImageStatus("supported")


def mirror_commands(region: str, project: str) -> tuple[str, ...]:
    """The commands that copy TensorFlow Serving's image into the project's registry, once per project and region."""
    image = SERVING_IMAGE.format(region=region, project=project)
    source = f"tensorflow/serving:{SERVING_RELEASE}"
    where = f"--repository-format=docker --location={region} --project={project}"
    return (
        f"gcloud artifacts repositories create serving {where}",
        f"gcloud auth configure-docker {region}-docker.pkg.dev",
        f"docker pull {source}",
        f"docker tag {source} {image}",
        f"docker push {image}",
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
