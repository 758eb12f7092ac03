//! Parts of a document that few formats show, and that are made only when one does.

use serde::Serialize;
use std::fmt;
use std::rc::Rc;

/// A value that is made each time it is needed.
#[derive(Clone)]
pub struct Later<T>(Rc<dyn Fn() -> T>);

impl<T> Later<T> {
    /// Creates a value that is made from a result.
    pub fn of<R: 'static>(result: &Rc<R>, make: impl Fn(&R) -> T + 'static) -> Self {
        let result = Rc::clone(result);
        Self(Rc::new(move || make(&result)))
    }

    /// Makes the value.
    pub fn now(&self) -> T {
        (self.0)()
    }
}

impl Later<String> {
    /// A result as pretty JSON.
    pub fn json<R: Serialize + 'static>(result: &Rc<R>) -> Self {
        Self::of(result, pretty)
    }

    /// A short result as pretty JSON, which is written at once.
    pub fn encoded(result: &impl Serialize) -> Self {
        pretty(result).into()
    }
}

fn pretty(result: &impl Serialize) -> String {
    serde_json::to_string_pretty(result).unwrap_or_default()
}

impl<T: Clone + 'static> From<T> for Later<T> {
    fn from(value: T) -> Self {
        Self(Rc::new(move || value.clone()))
    }
}

impl<T: Default + 'static> Default for Later<T> {
    fn default() -> Self {
        Self(Rc::new(T::default))
    }
}

impl<T: fmt::Debug> fmt::Debug for Later<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Later;
    use std::cell::Cell;
    use std::rc::Rc;

    #[test]
    fn nothing_is_made_before_it_is_needed() {
        let made = Rc::new(Cell::new(0));
        let later = Later::of(&made, |made| {
            made.set(made.get() + 1);
            made.get()
        });
        assert_eq!(made.get(), 0);
        assert_eq!((later.now(), later.clone().now()), (1, 2));
        assert_eq!(Later::json(&Rc::new([1, 2])).now(), "[\n  1,\n  2\n]");
        assert_eq!(Later::<String>::default().now(), "");
    }
}
