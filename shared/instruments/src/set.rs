use std::ptr;
use std::sync::{PoisonError, RwLock};

use crate::series::Metric;

/// The metrics that a crate defines with [`metrics!`](crate::metrics), and those of the crates that it
/// uses.
#[derive(Clone, Copy)]
pub struct Set {
    /// The metrics of the crate itself.
    pub own: &'static [&'static dyn Metric],
    /// Sets of other crates, exported together with this one.
    pub includes: &'static [&'static Set],
}

impl Set {
    /// All metrics, those of other crates first. A set that is included twice appears twice.
    #[must_use]
    pub fn all(&self) -> Vec<&'static dyn Metric> {
        let included = self.includes.iter().flat_map(|set| set.all());
        included.chain(self.own.iter().copied()).collect()
    }
}

static REGISTERED: RwLock<Vec<&'static dyn Metric>> = RwLock::new(Vec::new());

/// Exports the metrics of `set` from now on. Counters and histograms whose label values are listed are
/// exported with 0 at once. Registering a metric again has no effect.
pub fn register(set: &Set) {
    let mut registered = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    for one in set.all() {
        if !registered.iter().any(|other| ptr::addr_eq(*other, one)) {
            one.start();
            registered.push(one);
        }
    }
}

pub(crate) fn registered() -> Vec<&'static dyn Metric> {
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    registered.clone()
}

/// Defines the metrics of a crate: a `static` for each, whose doc comment is its help text, and the
/// [`Set`] of all of them.
///
/// ```
/// instruments::metrics! {
///     /// The metrics of the oven.
///     pub static METRICS;
///
///     /// Loaves baked
///     LOAVES: Counter = "loaves_total";
///     /// Time that a loaf was in the oven
///     BAKING: Histogram = "baking_seconds", instruments::buckets::LONG;
/// }
///
/// fn main() {
///     instruments::register(&METRICS);
///     LOAVES.inc();
///     assert!(instruments::render().contains("loaves_total 1"));
/// }
/// ```
#[macro_export]
macro_rules! metrics {
    (
        $(#[doc = $about:literal])+
        $vis:vis static $set:ident $(includes [$($included:expr),+ $(,)?])?;

        $(#[doc = $help:literal]
        $name:ident: $kind:ident $(<$labels:ty>)? = $metric:literal $(, $buckets:expr)?;)+
    ) => {
        $(
            #[doc = $help]
            pub(crate) static $name: $crate::$kind $(<$labels>)? =
                $crate::Family::new($metric, $help, $crate::metrics!(@buckets $($buckets)?));
        )+

        $(#[doc = $about])+
        $vis static $set: $crate::Set = $crate::Set {
            own: &[$(&$name),+],
            includes: &[$($($included),+)?],
        };
    };
    (@buckets) => { &[] };
    (@buckets $buckets:expr) => { $buckets };
}
