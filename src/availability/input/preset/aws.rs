//! Amazon Web Services: events of AWS Health and the history of `CloudWatch` alarms.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;
use crate::timeline::samples::State;

/// The answer of `aws health describe-events`.
pub(super) static HEALTH: Preset = Preset {
    name: "aws-health",
    summary: "AWS Health events (JSON, describe-events)",
    example: "{\"events\": [{\"arn\": \"…\", \"service\": \"EC2\", \"eventTypeCategory\": \"issue\", \"startTime\": 1767607200.0, \"endTime\": 1767610800.0}]}",
    signature: &["arn", "service", "eventTypeCategory", "startTime"],
    fields: &[
        (Field::Id, &["arn"]),
        (Field::Service, &["service"]),
        (Field::Cause, &["eventTypeCode"]),
        (Field::Start, &["startTime"]),
        (Field::End, &["endTime"]),
        (Field::Kind, &["eventTypeCategory"]),
    ],
    kinds: KindWords { outages: &["issue"], planned: &["scheduledChange"], ..KindWords::NONE },
    note: "events of the category `issue` are outages and scheduled changes are planned maintenance",
    ..Preset::LIST
};

/// The answer of `aws cloudwatch describe-alarm-history`.
pub(super) static ALARMS: Preset = Preset {
    name: "cloudwatch",
    summary: "Amazon CloudWatch alarm history (JSON, describe-alarm-history)",
    example: "{\"AlarmHistoryItems\": [{\"AlarmName\": \"api\", \"Timestamp\": \"…\", \"HistoryItemType\": \"StateUpdate\", \"HistorySummary\": \"Alarm updated from OK to ALARM\"}]}",
    shape: Shape::States,
    signature: &["AlarmName", "Timestamp", "HistoryItemType", "HistorySummary"],
    fields: &[
        (Field::Service, &["AlarmName"]),
        (Field::Start, &["Timestamp"]),
        (Field::State, &["HistorySummary"]),
        (Field::Kind, &["HistoryItemType"]),
    ],
    kinds: KindWords { outages: &["StateUpdate"], ..KindWords::NONE },
    states: &[
        ("alarm updated from ok to alarm", State::Down),
        ("alarm updated from insufficient_data to alarm", State::Down),
        ("alarm updated from alarm to ok", State::Up),
        ("alarm updated from insufficient_data to ok", State::Up),
        ("alarm updated from ok to insufficient_data", State::Unknown),
        ("alarm updated from alarm to insufficient_data", State::Unknown),
    ],
    note: "ALARM is down and INSUFFICIENT_DATA is unknown time; AWS keeps the history for 30 days",
    ..Preset::LIST
};
