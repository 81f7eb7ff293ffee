"""The settings of every schedule and sampler, as validated frozen values with their text for people.

Without torch, so that the window can show its sliders before torch is imported. Used by `run.Run`, by the controls of
the window and by the command line.
"""

from engine.settings.base import GAMMA_MAX, UNBOUNDED, Frozen, ScheduleSettings, Settings
from engine.settings.guidance import GuidanceSettings
from engine.settings.samplers import SAMPLER_SETTINGS, HeunSettings
from engine.settings.schedules import SCHEDULE_SETTINGS, DDPMSchedule, EDMSchedule

__all__ = [
    "GAMMA_MAX",
    "SAMPLER_SETTINGS",
    "SCHEDULE_SETTINGS",
    "UNBOUNDED",
    "DDPMSchedule",
    "EDMSchedule",
    "Frozen",
    "GuidanceSettings",
    "HeunSettings",
    "ScheduleSettings",
    "Settings",
]
