"""All that is asked under /api/v1, and the feeds of what is found."""

from fastapi import APIRouter

from monitor.web.api import about

router = APIRouter()
router.include_router(about.router)
