"""Photos: decoded and encoded anew, so that nothing of the upload's bytes is kept. Source: ASVS 5.0, 5.2."""

import hashlib
import io
from uuid import UUID

from PIL import Image, ImageOps
from sqlalchemy import select

from engine import access, execution, families, parts
from engine.desk_models import Thumbnail
from engine.errors import InvalidError, NotFoundError
from engine.models import Attachment, Case
from engine.uow import UnitOfWork

BYTES, PIXELS, SIDE, SMALL = 15_000_000, 40_000_000, 2048, 320
#: tags of EXIF: the folder of GPS; in it, the sides and degrees of latitude and longitude
GPS, LATITUDE, LONGITUDE = 0x8825, (1, 2), (3, 4)


def fresh_photo(raw: bytes) -> bytes:
    """Return a JPEG of at most 2048 pixels a side, upright, without metadata. Raises InvalidError."""
    if len(raw) > BYTES:
        raise InvalidError(problems={"photo": "is larger than 15 MB"})
    try:
        with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP")) as source:
            if source.width * source.height > PIXELS:
                raise InvalidError(problems={"photo": "has too many pixels"})
            source.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(source).convert("RGB")
            upright.thumbnail((SIDE, SIDE))
            clean = Image.new("RGB", upright.size)
            clean.paste(upright)
            out = io.BytesIO()
            clean.save(out, "JPEG", quality=82, optimize=True)
            return out.getvalue()
    except Image.DecompressionBombError as error:
        raise InvalidError(problems={"photo": "has too many pixels"}) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidError(problems={"photo": "is no JPEG, PNG or WEBP photo"}) from error


def place_of(raw: bytes) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees as the camera noted them, None if it did not. Nothing is kept."""
    try:
        with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP")) as source:
            noted = source.getexif().get_ifd(GPS)
        found = [_degrees(noted[side], noted[value]) for side, value in (LATITUDE, LONGITUDE)]
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, ZeroDivisionError, Image.DecompressionBombError):
        return None
    return (found[0], found[1]) if abs(found[0]) <= 90 and abs(found[1]) <= 180 and any(found) else None


def _degrees(side: str, parts: tuple[float, float, float]) -> float:
    value = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
    return round(-value if side in ("S", "W") else value, 5)


def _small(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as source:
        source.draft("RGB", (SMALL, SMALL))
        source.thumbnail((SMALL, SMALL))
        out = io.BytesIO()
        source.save(out, "JPEG", quality=75, optimize=True)
        return out.getvalue()


def add_photo(uow: UnitOfWork, case_id: UUID, name: str, raw: bytes) -> Attachment:
    """Keep the photo with the case. Raises InvalidError if it is none."""
    content = fresh_photo(raw)
    case = execution.locked_case(uow, case_id)
    photo = Attachment(
        case_id=case_id,
        name=name[:200] or "photo",
        media_type="image/jpeg",
        size=len(content),
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        added_at=uow.now,
        added_by=uow.actor.name,
    )
    uow.session.add(photo)
    uow.session.flush()
    uow.session.add(Thumbnail(attachment_id=photo.id, content=_small(content)))
    uow.record("photo.added", case, photo=str(photo.id), digest=photo.digest, size=photo.size)
    return photo


def photos_of(uow: UnitOfWork, case: Case) -> list[Attachment]:
    """Return the photos of the case, oldest first."""
    if not parts.has(uow, Attachment.case_id, case.id):
        return []
    query = select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.added_at, Attachment.id)
    return list(uow.session.scalars(query))


def thumbnail(uow: UnitOfWork, photo: Attachment) -> bytes:
    """Return the photo made small; photos that were added before there were thumbnails are made small now."""
    kept = uow.session.get(Thumbnail, photo.id)
    return kept.content if kept else _small(photo.content)


def get_photo(uow: UnitOfWork, photo_id: UUID) -> Attachment:
    """Return the photo. Raises NotFoundError if the actor may see neither its case nor the one it is merged into."""
    photo = uow.session.get(Attachment, photo_id)
    if photo is None or photo.case_id is None:
        raise NotFoundError("no such photo")
    ids = {photo.case_id, families.root(uow, photo.case_id)}
    if uow.session.scalar(select(Case.id).where(Case.id.in_(ids), access.visible_cases(uow.actor)).limit(1)) is None:
        raise NotFoundError("no such photo")
    return photo
