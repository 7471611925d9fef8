"""The rows of the Test tab beside their table: files, order, filters, class folders, charts, saving."""
