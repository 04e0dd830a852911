"""What can be wrong with an upload: the class is the code, the text the value and the remedy.

A `Rejection` is the producer's to mend: it ends in a report and is never retried. Everything else
that is raised is a fault of the surroundings: the queue retries it and then keeps it as a dead
letter.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ingest.notices import Notice


class IngestError(Exception):
    """Base of every error that ingestion raises itself."""


class Changed(IngestError):
    """The bucket changed while we worked on what it held before: look again."""


class StillChanging(IngestError):
    """The bucket changed at every attempt; the queue tries again later."""


class InvalidEvent(IngestError):
    """An event that is no S3 notification."""


class OutOfTime(IngestError):
    """The function's time is over before its work is done; the queue tries again."""


class UnknownColor(IngestError):
    """A product or label whose colour is to be changed, and which is not there."""


class NotIncoming(IngestError):
    """An address in a bucket that nobody uploads to."""


class NotQueued(IngestError):
    """The queue did not take messages."""


class Misconfigured(IngestError):
    """Settings and database do not agree; the operator must mend it."""


class DecoderFailed(IngestError):
    """The process that looks at an upload's bytes ended, and not because of them."""


class Rejection(IngestError):
    """An upload that cannot be registered; `remedy` says what its producer can do.

    `{upload}` in a remedy stands for the upload's `s3://` address.
    """

    remedy: ClassVar[str] = ""

    @property
    def code(self) -> str:
        """Stable name of the verdict, the class name in snake case: `key_mismatch`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class KeyMismatch(Rejection):
    remedy = (
        "Upload it again under a key that fits the pattern, and remove this object. (A class file "
        "is called categories.json or NAME.categories.json.)"
    )


class DuplicateUpload(Rejection):
    remedy = "Keep one of them and remove the other."


class EmptyFile(Rejection):
    remedy = "Upload the file again; the export may have failed."


class NotARaster(Rejection):
    remedy = "Save it as GeoTIFF, for example: gdal_translate -of COG INPUT OUTPUT.tif"


class UnreadableRaster(Rejection):
    remedy = "The file is cut off or damaged: write it anew and upload it again."


class ForeignOverviews(Rejection):
    """GDAL would open what the file names: a server, or a file of somebody else's."""

    remedy = "Write it with overviews of its own: gdal_translate -of COG INPUT OUTPUT.tif"


class DecodingFailed(Rejection):
    """GDAL crashed on it."""

    remedy = "Write it anew and upload it again: gdal_translate -of COG INPUT OUTPUT.tif"


class TooLarge(Rejection):
    remedy = (
        "Split it into tiles, or have the operator register it from a machine with more room: "
        "python -m ingest register {upload}"
    )


class TooSlow(Rejection):
    remedy = (
        "Have the operator register it from a machine that may take its time: "
        "python -m ingest register {upload}"
    )


class BlockTooLarge(Rejection):
    remedy = "Write it in tiles, for example: gdal_translate -of COG INPUT OUTPUT.tif"


class ExcessiveStructure(Rejection):
    remedy = "Write it anew, for example: gdal_translate -of COG INPUT OUTPUT.tif"


class SeveralBands(Rejection):
    remedy = "Upload each band as a file of its own: gdal_translate -b 1 INPUT OUTPUT.tif"


class FloatingPoint(Rejection):
    remedy = "Save it with an integer data type: gdal_translate -ot Byte INPUT OUTPUT.tif"


class UnsupportedDataType(Rejection):
    remedy = "Save it with a real data type: gdal_translate -ot Byte INPUT OUTPUT.tif"


class TooManyValues(Rejection):
    remedy = "Upload it under another type than categorical, or classify it."


class NoCrs(Rejection):
    remedy = "Give it its coordinate reference system: gdal_edit.py -a_srs EPSG:CODE FILE.tif"


class NoGeoreferencing(Rejection):
    remedy = (
        "Say where it lies: gdal_edit.py -a_ullr ULX ULY LRX LRY FILE.tif; or warp it, where it "
        "has ground control points: gdalwarp -r near INPUT.tif OUTPUT.tif"
    )


class UnusableCrs(Rejection):
    remedy = (
        "Say in which system its coordinates are: gdal_edit.py -a_srs EPSG:CODE FILE.tif; or warp "
        "it to one with a known place on the Earth: gdalwarp -r near -t_srs EPSG:4326 INPUT.tif "
        "OUTPUT.tif"
    )


class NoClasses(Rejection):
    """`class_file` is one to start from, with a placeholder for each label.

    `notices` say what else was looked at in vain.
    """

    remedy = (
        "Upload a class file beside it, or categories.json in its folder or any folder above; "
        "it is registered by itself then. `class_file` in this report is one to start from."
    )

    def __init__(
        self, message: str, class_file: Mapping[str, Any], notices: Sequence[Notice] = ()
    ) -> None:
        super().__init__(message)
        self.class_file = class_file
        self.notices = tuple(notices)


class InvalidClasses(Rejection):
    remedy = "Mend the class file and upload it again; the rasters under it follow by themselves."
