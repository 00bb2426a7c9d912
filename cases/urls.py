"""The paths of cases: the same calls under /bpm/case and /case."""

from __future__ import annotations

from django.urls import URLPattern

from batconnect.core.api.paths import with_optional_slash
from cases import views


def _cases(prefix: str, name: str) -> list[URLPattern]:
    return [
        *with_optional_slash(f"{prefix}cases", views.BasketView.as_view(), f"{name}-basket"),
        *with_optional_slash(f"{prefix}case", views.CasesView.as_view(), f"{name}-open"),
        *with_optional_slash(f"{prefix}case/<str:case_no>", views.CaseView.as_view(), name),
        *with_optional_slash(
            f"{prefix}case/<str:case_no>/cancel", views.CancelView.as_view(), f"{name}-cancel"
        ),
        *with_optional_slash(f"{prefix}case/<str:case_no>/hold", views.HoldView.as_view(), f"{name}-hold"),
        *with_optional_slash(
            f"{prefix}case/<str:case_no>/release", views.ReleaseView.as_view(), f"{name}-release"
        ),
        *with_optional_slash(
            f"{prefix}case/<str:case_no>/reassign", views.ReassignView.as_view(), f"{name}-reassign"
        ),
        *with_optional_slash(
            f"{prefix}case/<str:case_no>/give-back", views.GiveBackView.as_view(), f"{name}-give-back"
        ),
        *with_optional_slash(
            f"{prefix}case/<str:case_no>/<str:step_id>", views.StepView.as_view(), f"{name}-step"
        ),
    ]


urlpatterns = [*_cases("bpm/", "case"), *_cases("", "case-short")]
