//! A small chart of the last minutes.

use crate::system::Point;

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 32.0;
/// Points across the whole width: five minutes.
const POINTS: f64 = 150.0;

/// The points of a polyline in 160 × 32, the newest at the right; none with fewer than two points.
pub(super) fn points(history: &[Point], of: impl Fn(&Point) -> f64) -> Option<String> {
    if history.len() < 2 {
        return None;
    }
    let most = history.iter().map(&of).fold(1.0, f64::max);
    let step = WIDTH / (POINTS - 1.0);
    let mut x = WIDTH + step;
    let mut points: Vec<String> = history
        .iter()
        .rev()
        .map(|minute| {
            x -= step;
            let y = HEIGHT - 1.0 - of(minute) / most * (HEIGHT - 2.0);
            format!("{:.1},{y:.1}", x.max(0.0))
        })
        .collect();
    points.reverse();
    Some(points.join(" "))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn the_newest_point_is_at_the_right_and_the_largest_at_the_top() {
        let minute = |placed| Point {
            at: DateTime::UNIX_EPOCH,
            placed,
            confirmed: 0.0,
            rejected: 0.0,
            cancelled: 0.0,
            requests: 0.0,
        };
        let line = |of: &[f64]| {
            let history: Vec<Point> = of.iter().copied().map(minute).collect();
            points(&history, |minute| minute.placed)
        };
        assert_eq!(line(&[1.0]), None);
        assert_eq!(line(&[0.0, 8.0]).as_deref(), Some("158.9,31.0 160.0,1.0"));
        assert_eq!(line(&[0.0, 0.0]).as_deref(), Some("158.9,31.0 160.0,31.0"));
    }
}
