"""Photos: decoded and encoded anew, so that nothing of the upload's bytes is kept. Source: ASVS 5.0, 5.2."""

import hashlib
import io
from uuid import UUID

from PIL import Image, ImageOps
from sqlalchemy import select

from engine import access, execution
from engine.errors import InvalidError, NotFoundError
from engine.models import Attachment, Case
from engine.uow import UnitOfWork

BYTES, PIXELS, SIDE = 15_000_000, 40_000_000, 2048


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
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidError(problems={"photo": "is no JPEG, PNG or WEBP photo"}) from error


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
    uow.record("photo.added", case, photo=str(photo.id), digest=photo.digest, size=photo.size)
    return photo


def photos_of(uow: UnitOfWork, case: Case) -> list[Attachment]:
    """Return the photos of the case, oldest first."""
    query = select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.added_at, Attachment.id)
    return list(uow.session.scalars(query))


def get_photo(uow: UnitOfWork, photo_id: UUID) -> Attachment:
    """Return the photo. Raises NotFoundError if its case is none that the actor may see."""
    query = select(Attachment).join(Case, Case.id == Attachment.case_id)
    photo = uow.session.scalars(query.where(Attachment.id == photo_id, access.visible_cases(uow.actor))).first()
    if photo is None:
        raise NotFoundError("no such photo")
    return photo
