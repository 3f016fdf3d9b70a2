//! The figures of the last minutes, for small charts. Only while someone watches.

use std::{collections::VecDeque, time::Duration};

use chrono::{DateTime, Utc};

use super::reading::Orders;

/// Most points: five minutes, one every two seconds.
const MAX_POINTS: usize = 150;

/// Orders per minute by outcome, and requests per second, at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// The end of the time that the rates cover.
    pub(crate) at: DateTime<Utc>,
    /// Orders placed per minute.
    pub(crate) placed: f64,
    /// Orders confirmed per minute.
    pub(crate) confirmed: f64,
    /// Orders rejected per minute.
    pub(crate) rejected: f64,
    /// Orders cancelled per minute.
    pub(crate) cancelled: f64,
    /// Requests of clients per second.
    pub(crate) requests: f64,
}

/// The points of a time in which someone watched without a pause.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<Point>);

impl History {
    /// Adds what happened in the `time` up to `at`.
    pub(super) fn add(&mut self, at: DateTime<Utc>, orders: Orders, requests: f64, time: Duration) {
        let minutes = (time.as_secs_f64() / 60.0).max(f64::MIN_POSITIVE);
        if self.0.len() >= MAX_POINTS {
            self.0.pop_front();
        }
        self.0.push_back(Point {
            at,
            placed: orders.placed / minutes,
            confirmed: orders.confirmed / minutes,
            rejected: orders.rejected / minutes,
            cancelled: orders.cancelled / minutes,
            requests,
        });
    }

    /// Forgets the points: nobody watched for a while.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The points, oldest first.
    pub(super) fn points(&self) -> Vec<Point> {
        self.0.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_points_are_dropped() {
        let mut history = History::default();
        let orders = Orders {
            placed: 2.0,
            ..Orders::default()
        };
        for second in 0..200 {
            let at = DateTime::from_timestamp(second, 0).unwrap();
            history.add(at, orders, 1.0, Duration::from_secs(2));
        }
        let points = history.points();
        assert_eq!(points.len(), MAX_POINTS);
        assert_eq!(points[0].at.timestamp(), 50);
        assert!((points[0].placed - 60.0).abs() < 1e-9);
    }
}
