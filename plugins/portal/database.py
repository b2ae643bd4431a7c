"""Mother of the portal's tables: they lie in a database of the portal's own, never in the CRM's."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from crm.furniture import NAMES, UtcDateTime


class Base(DeclarativeBase):
    """Mother of the portal's tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {dt.datetime: UtcDateTime()}
