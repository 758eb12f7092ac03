//! Names and definitions of the measures of a run.

/// A measure of a run.
#[derive(Debug)]
pub struct MeasureWords {
    /// Name.
    pub name: &'static str,
    /// Short explanation, for tables.
    pub meaning: &'static str,
    /// Exact definition.
    pub definition: &'static str,
}

pub(super) static DETECT: MeasureWords = MeasureWords {
    name: "time to detect",
    meaning: "injection to the end of the first window outside the steady state",
    definition: "the earliest time at which an observer of the windows could notice the fault; undefined \
                 if no window is outside the steady state",
};

pub(super) static FAILOVER: MeasureWords = MeasureWords {
    name: "failover time",
    meaning: "injection to the return to the steady state, with the fault still on",
    definition: "from the injection to the start of the first stretch, after a window outside, that is \
                 inside the steady state for `judge.hold` while the faults last",
};

pub(super) static RECOVER: MeasureWords = MeasureWords {
    name: "time to recover",
    meaning: "clearing of the fault to the return to the steady state",
    definition: "from the clearing of the faults to the start of the first stretch that is inside the \
                 steady state for `judge.hold` and breaks no rule as a whole",
};

pub(super) static RELAPSES: MeasureWords = MeasureWords {
    name: "relapses",
    meaning: "times that the target left the steady state after recovery",
    definition: "number of times that a window outside the steady state follows one inside, after the \
                 recovery",
};

pub(super) static BUDGET: MeasureWords = MeasureWords {
    name: "error budget burnt",
    meaning: "failures, relative to those that the objective allows",
    definition: "failures during fault and recovery / (allowed share · requests per second of the baseline \
                 · window of `slo`)",
};

pub(super) static AMPLIFICATION: MeasureWords = MeasureWords {
    name: "retry amplification",
    meaning: "attempts per request, relative to the baseline",
    definition: "requests to dependencies per request of the load, in the worse of fault and recovery, \
                 divided by the same ratio in the baseline; counted by proxies with `protocol: http`",
};

pub(super) static OVERSHOOT: MeasureWords = MeasureWords {
    name: "overshoot",
    meaning: "peak response time after clearing, relative to the baseline",
    definition: "the slowest judged quantile of any window after the clearing, divided by that of the \
                 baseline's median window",
};

pub(super) static SUCCESS_LEFT: MeasureWords = MeasureWords {
    name: "success left",
    meaning: "share of requests that succeed at the end, although the fault is cleared",
    definition: "metastable failure: the share of requests that succeeded in the last `judge.hold` of a \
                 run that did not recover",
};

/// All measures, in the order of the report.
pub static MEASURES: &[&MeasureWords] =
    &[&DETECT, &FAILOVER, &RECOVER, &RELAPSES, &BUDGET, &AMPLIFICATION, &OVERSHOOT, &SUCCESS_LEFT];
