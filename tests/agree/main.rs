//! Two roads to one number.

mod traces;
