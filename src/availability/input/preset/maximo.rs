//! IBM Maximo: work orders.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// A list of work orders.
pub(super) static CSV: Preset = Preset {
    name: "maximo",
    summary: "IBM Maximo work orders (CSV)",
    example: "WONUM,DESCRIPTION,ASSETNUM,WORKTYPE,STATUS,REPORTDATE,ACTSTART,ACTFINISH",
    signature: &["WONUM", "ASSETNUM", "WORKTYPE", "ACTSTART", "ACTFINISH"],
    fields: &[
        (Field::Id, &["WONUM"]),
        (Field::Service, &["ASSETNUM"]),
        (Field::Severity, &["WOPRIORITY"]),
        (Field::Cause, &["WORKTYPE"]),
        (Field::Start, &["ACTSTART"]),
        (Field::End, &["ACTFINISH"]),
        (Field::State, &["STATUS"]),
        (Field::Kind, &["WORKTYPE"]),
    ],
    kinds: KindWords { planned: &["PM"], ..KindWords::NONE },
    note: "work orders of the type PM (preventive maintenance) are planned",
    ..Preset::TABLE
};
