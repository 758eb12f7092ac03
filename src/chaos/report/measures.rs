//! The measures of a run in words.

/// A measure of a run.
#[derive(Debug)]
pub struct MeasureWords {
    /// What it is called.
    pub name: &'static str,
    /// What it is, in a few words.
    pub meaning: &'static str,
    /// What exactly is measured.
    pub definition: &'static str,
}

pub(super) static DETECT: MeasureWords = MeasureWords {
    name: "time to detect",
    meaning: "injection to end of first window outside",
    definition: "the earliest at which who looks at such windows can know; undefined if no window is outside of the steady state",
};

pub(super) static FAILOVER: MeasureWords = MeasureWords {
    name: "failover time",
    meaning: "injection to back inside, fault still on",
    definition: "to the start of the first stretch, after one outside, that is inside for `judge.hold` while the faults last",
};

pub(super) static RECOVER: MeasureWords = MeasureWords {
    name: "time to recover",
    meaning: "clearing to back inside for good",
    definition: "to the start of the first stretch after the clearing that is inside for `judge.hold` and as a whole breaks no rule",
};

pub(super) static RELAPSES: MeasureWords = MeasureWords {
    name: "relapses",
    meaning: "times outside again after that",
    definition: "times that a window outside follows one inside, after it had recovered",
};

pub(super) static BUDGET: MeasureWords = MeasureWords {
    name: "error budget burnt",
    meaning: "failures over those allowed",
    definition: "failures during fault and recovery / (allowed share · requests per second of the baseline · window of `slo`)",
};

pub(super) static AMPLIFICATION: MeasureWords = MeasureWords {
    name: "retry amplification",
    meaning: "attempts per request over baseline's",
    definition: "requests to dependencies per request of the load, in the worse of fault and recovery, over that of the baseline; counted by \
                 proxies with `protocol: http`",
};

pub(super) static OVERSHOOT: MeasureWords = MeasureWords {
    name: "overshoot",
    meaning: "peak after clearing over baseline's",
    definition: "the slowest judged quantile of any window after the clearing, over that of the baseline's median window",
};

pub(super) static SUCCESS_LEFT: MeasureWords = MeasureWords {
    name: "success left",
    meaning: "at the end, although the fault is gone",
    definition: "the metastable case: the share that succeeded over the last `judge.hold` of a run that did not recover",
};

/// All of them, in the order of the report.
pub static MEASURES: &[&MeasureWords] =
    &[&DETECT, &FAILOVER, &RECOVER, &RELAPSES, &BUDGET, &AMPLIFICATION, &OVERSHOOT, &SUCCESS_LEFT];
