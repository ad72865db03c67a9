"""A full case of five models, as somebody writes it."""

from __future__ import annotations

from commondesk.core.record.codec import Json

CASE: dict[str, Json] = {
    "company": {"name": "Acme", "users": 80, "currency": "USD"},
    "diagnosis": {
        "internal_it": "none",
        "incidents_per_month": 30,
        "multi_site_cloud_remote": True,
        "criticality": "high",
        "volume": "high",
        "internal_hours_month": 12,
        "scoping": {
            "criticality": True,
            "scope": True,
            "hours_channels": True,
            "documentation": False,
            "escalation": False,
            "internal_referent": True,
        },
    },
    "cost": {
        "tickets_per_month": {"low": 350, "likely": 420, "high": 560},
        "users": 80,
        "people": 2,
        "onboarding": {"low": 3000, "likely": 5000, "high": 9000},
        "parallel_run": 2000,
        "ramp_loss": {"low": 0.1, "likely": 0.2, "high": 0.4},
        "later_loss": 0.05,
        "misaligned_share": {"low": 0.01, "likely": 0.03, "high": 0.08},
        "hours_per_misaligned": 1.5,
        "internal_hours_month": {"low": 2, "likely": 5, "high": 12},
        "waiting_hours_month": 10,
        "waiting_hour_value": 40,
        "outages_per_year": 2,
        "days_per_outage": 2,
        "own_hours_per_outage": 3,
        "ramp_days": 75,
        "maturity_days": 180,
        "oversight_hours_week": {"low": 0, "likely": 2, "high": 5},
        "nights_staffed": 0,
        "hours_per_call": 3,
        "hourly_rate": 120,
        "calls_per_month": {"low": 4, "likely": 8, "high": 20},
        "included_tickets": 420,
        "price_per_extra_ticket": 35,
        "excluded_hours_year": {"low": 20, "likely": 60, "high": 200},
        "excluded_rate": 150,
        "discount_rate": 0.05,
        "risks": [
            {
                "name": "Days without data",
                "per_year": 0.1,
                "loss": {"low": 10000, "likely": 30000, "high": 90000},
            }
        ],
        "options": {
            "internal": {"covered": {"Days without data": 0}},
            "msp_retainer": {
                "contract_months": 24,
                "exit_fee": 8000,
                "exit_work": 4000,
                "covered": {"Days without data": "60 %"},
            },
            "per_seat_subscription": {"covered": {"Days without data": "50 %"}},
            "on_demand": {"covered": {"Days without data": 0}},
            "fractional_remote_team": {
                "covered": {"Days without data": "20 %"},
                "roles": [
                    {
                        "name": "First line",
                        "people": 2,
                        "fee": {"low": 2800, "likely": 3300, "high": 3900},
                    },
                    {"name": "Second line", "people": 0.5, "fee": 5200},
                ],
            },
        },
    },
    "demand": {"tickets_per_month": 420, "work": "30 min", "closed_share": "20 %"},
    "staffing": {
        "hours": {"mon-fri": "08:00-16:00"},
        "first_response": "1 h",
        "share": "90 %",
        "shrinkage": "30 %",
    },
}
