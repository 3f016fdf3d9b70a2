use std::fmt::Write;
use std::time::Duration;

use super::Figures;
use crate::invariants::Losses;

/// The figures, one per line.
pub(super) fn render(figures: &Figures, losses: &Losses, pending: &[String]) -> String {
    let mut text = String::from("\n");
    // Writing to a string does not fail.
    write_all(&mut text, figures, losses, pending).ok();
    text
}

fn write_all(
    text: &mut String,
    figures: &Figures,
    losses: &Losses,
    pending: &[String],
) -> std::fmt::Result {
    let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    let quiescent = match figures.quiescent {
        Some(time) => seconds(time),
        None => format!("not reached: {}", pending.join(", ")),
    };
    let rows = [
        ("T", figures.moment.clone()),
        ("base backup under load", seconds(figures.backup)),
        (
            "RPO: age of the newest archived WAL at the loss",
            seconds(figures.rpo),
        ),
        ("base backup and WAL to T", seconds(figures.replay)),
        ("RTO: loss to all processes ready", seconds(figures.ready)),
        ("RTO: loss to nothing in progress", quiescent),
        (
            "next order, placed to confirmed",
            figures
                .first_order
                .map_or_else(|| "not confirmed".to_owned(), seconds),
        ),
        ("orders kept", losses.orders_kept.to_string()),
        ("orders lost", losses.orders_lost.to_string()),
        ("lost orders with a hold", losses.holds.to_string()),
        ("holds canceled", figures.canceled.to_string()),
        (
            "lost orders with a capture, reported",
            losses.captures.to_string(),
        ),
        (
            "refunds of kept orders, made after T, reported",
            losses.refunds.to_string(),
        ),
        (
            "orders shipped again, captured before",
            figures.shipped_again.to_string(),
        ),
    ];
    for (name, value) in rows {
        writeln!(text, "  {name:<50} {value}")?;
    }
    for (title, kinds) in ["first", "last"].into_iter().zip(&figures.by_kind) {
        writeln!(text, "\nDifferences in the {title} report")?;
        for (kind, count) in kinds {
            writeln!(text, "  {kind:<50} {count}")?;
        }
    }
    Ok(())
}
