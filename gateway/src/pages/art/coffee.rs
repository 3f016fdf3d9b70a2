//! Coffee in bags, tea in tins.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "COFFEE-ESPRESSO-1KG" => bag(still, Dark, White, (168, 246), mountain),
        "COFFEE-ESPRESSO-250" => bag(still, Dark, White, (128, 176), mountain),
        "COFFEE-FILTER-YIRGA-250" => bag(still, Light, White, (132, 184), cherry),
        "COFFEE-FILTER-HUILA-500" => bag(still, Mid, White, (148, 216), hills),
        "COFFEE-DECAF-250" => bag(still, Spark, White, (132, 184), moon),
        "COFFEE-GEISHA-100" => box_of_geisha(still),
        "TEA-DARJEELING-FF-100" => tin(still, Spark, 72, 150, leaf),
        "TEA-SENCHA-100" => sencha(still),
        "TEA-EARL-GREY-250" => tin(still, Dark, 84, 186, bergamot),
        "TEA-ROOIBOS-250" => tin(still, Mid, 84, 186, sun),
        "TEA-CHAI-200" => chai(still),
        _ => return false,
    }
    true
}

/// A bag with a folded top, some beans before it.
fn bag(
    still: &mut Still,
    tone: Tone,
    label: Tone,
    (width, height): (i32, i32),
    picture: fn(&mut Still),
) {
    still.table();
    let (left, top) = (190 - width / 2, GROUND - height);
    let right = left + width;
    still.ground(left, right + 22);
    still.fill(
        tone,
        &format!("M{right} {}l24-10v{}l-24 14z", top + 24, height - 28),
    );
    still.shade(&format!(
        "M{right} {}l24-10v{}l-24 14z",
        top + 24,
        height - 28
    ));
    still.fill(
        tone,
        &format!(
            "M{left} {}h{width}l8 {}q-{} 8-{} 0z",
            top + 24,
            height - 24,
            width / 2,
            width + 16
        ),
    );
    still.fill(
        tone,
        &format!("M{} {top}h{}l6 26H{}z", left + 4, width + 10, left - 2),
    );
    still.glint(&format!(
        "M{} {top}h{}l2 8H{}z",
        left + 4,
        width + 10,
        left + 2
    ));
    still.shade(&format!(
        "M{} {}h{}v7h-{}z",
        left - 2,
        top + 24,
        width + 22,
        width + 22
    ));
    still.line(
        Spark,
        6,
        &format!("M{} {}h{}", left + 6, top + 15, width + 8),
    );
    still.glint(&format!(
        "M{} {}h9l-3 {}h-9z",
        left + 8,
        top + 36,
        height - 52
    ));
    let (w, h) = (width * 70 / 100, height * 46 / 100);
    let (x, y) = (left + (width - w) / 2, top + height * 36 / 100);
    still.rect(label, x, y, w, h, 3);
    let scale = f64::from(w) / 100.0;
    still.group(
        &format!(
            "translate({} {}) scale({scale:.2})",
            x + w / 2,
            y + h * 44 / 100
        ),
        picture,
    );
    still.rect(Dark, x + w / 4, y + h - 15, w / 2, 4, 0);
    for (x, y, turn) in [(-26, 346, 20), (0, 362, -30), (34, 350, 60)] {
        bean(still, left + x + 10, y, turn);
    }
}

fn bean(still: &mut Still, x: i32, y: i32, turn: i32) {
    still.group(&format!("translate({x} {y})"), |still| {
        still.ground_at(-14, 14, 7)
    });
    still.group(&format!("translate({x} {y}) rotate({turn})"), |still| {
        still.oval(Dark, 0, 0, 15, 10);
        still.glint("M-11-4q8-6 18-3q-10 0-18 3z");
        still.line(Light, 2, "M-13 1q7-5 13 0t13-1");
    });
}

fn mountain(still: &mut Still) {
    still.dot(Spark, 24, -18, 10);
    still.fill(Dark, "M-44 24l28-46 18 26 12-16 30 36z");
    still.fill(Light, "M-26-6l10-16 11 16-7 4-5-5-5 5z");
}

fn cherry(still: &mut Still) {
    still.line(Spark, 3, "M-12 8Q-8-20 12-30Q12-10 14 8");
    still.fill(Spark, "M12-30q22-8 32 8q-22 8-32-8z");
    still.dot(Mid, -13, 12, 13);
    still.dot(Mid, 14, 14, 13);
    still.dot(Light, -17, 8, 4);
    still.dot(Light, 10, 10, 4);
}

fn hills(still: &mut Still) {
    still.dot(Light, 0, -10, 18);
    still.fill(Spark, "M-50 26V6q24-20 50 2t50-4v22z");
    still.fill(Dark, "M-50 26v-8q30-12 56 0t44 0v8z");
}

fn moon(still: &mut Still) {
    still.dot(Mid, 0, -2, 24);
    still.dot(White, 10, -8, 21);
    still.dot(Spark, 22, -16, 3);
    still.dot(Spark, 32, 2, 2);
}

fn box_of_geisha(still: &mut Still) {
    still.table();
    still.ground(106, 300);
    still.carton(White, (112, 176), (144, GROUND - 176), 44);
    still.rect(Spark, 112, 176, 144, 30, 0);
    still.fill(
        Light,
        "M184 296q-44-28-44-58q26 2 44 26q18-24 44-26q0 30-44 58z",
    );
    still.fill(Mid, "M184 296q-18-34 0-70q18 36 0 70z");
    still.dot(Spark, 184, 232, 5);
    for (x, y, turn) in [(84, 348, 10), (112, 362, -40)] {
        bean(still, x, y, turn);
    }
}

/// A round tin with a lid and a label, and a bowl of tea beside it.
fn tin(still: &mut Still, tone: Tone, radius: i32, height: i32, picture: fn(&mut Still)) {
    still.table();
    let (cx, top) = (168, GROUND - height);
    still.ground(cx - radius, cx + radius);
    still.turned_body(tone, cx, (top + 20, radius), (GROUND - 12, radius));
    still.rect(
        White,
        cx - radius * 60 / 100,
        top + height * 36 / 100,
        radius * 120 / 100,
        height * 40 / 100,
        3,
    );
    still.group(
        &format!("translate({cx} {}) scale(.9)", top + height * 56 / 100),
        picture,
    );
    still.turned_body(Light, cx, (top, radius + 3), (top + 26, radius + 3));
    still.mouth(Light, Light, cx, top, radius + 3);
    still.turned_body(Light, cx, (top - 14, 18), (top - 2, 14));
    still.oval(Light, cx, top - 14, 18, 4);
    bowl(still, 300, Mid);
}

/// A small bowl of tea.
fn bowl(still: &mut Still, cx: i32, tea: Tone) {
    still.ground_at(cx - 34, cx + 36, 344);
    still.fill(White, &format!("M{} 300q4 46 46 46t46-46z", cx - 46));
    still.shade(&format!("M{} 302h26q-4 44-46 44q24-16 20-44z", cx + 20));
    still.oval(White, cx, 300, 46, 11);
    still.oval(tea, cx, 301, 40, 8);
}

fn leaf(still: &mut Still) {
    still.fill(Spark, "M-34 22q-4-44 56-50q6 50-56 50z");
    still.line(White, 3, "M-40 26Q-10 6 8-14");
}

fn bergamot(still: &mut Still) {
    still.dot(Light, 0, 2, 26);
    still.line(White, 3, "M0-22v48M-24 2h48M-17-15l34 34M17-15l-34 34");
    still.fill(Spark, "M2-26q14-18 32-10q-10 16-32 10z");
}

fn sun(still: &mut Still) {
    for turn in [0, 45, 90, 135, 180, 225, 270, 315] {
        still.group(&format!("rotate({turn})"), |still| {
            still.line(Mid, 5, "M0-20v-10")
        });
    }
    still.dot(Mid, 0, 0, 14);
}

fn sencha(still: &mut Still) {
    still.table();
    still.ground(96, 240);
    still.turned_body(White, 168, (166, 72), (GROUND - 12, 72));
    still.rect(Spark, 140, 180, 56, 130, 0);
    still.line(
        White,
        5,
        "M168 200v28M154 210h28M156 236l24 18M180 236l-24 18M168 268v26",
    );
    still.turned_body(Dark, 168, (140, 74), (170, 74));
    still.mouth(Dark, Dark, 168, 140, 74);
    bowl(still, 300, Spark);
}

fn chai(still: &mut Still) {
    still.table();
    still.ground(96, 250);
    still.fill(Ink, "M100 134h144v20H100z");
    still.turned_body(Light, 172, (160, 70), (GROUND - 12, 78));
    still.turned_body(Dark, 172, (130, 62), (158, 62));
    still.mouth(Dark, Dark, 172, 130, 62);
    still.rect(White, 126, 204, 92, 72, 3);
    still.fill(
        Spark,
        "M172 214l7 17 18 1-14 12 4 18-15-10-15 10 4-18-14-12 18-1z",
    );
    for x in [276, 296] {
        still.ground_at(x - 6, x + 44, 350);
        still.group(&format!("rotate(-24 {x} 340)"), |still| {
            still.rect(Mid, x - 10, 332, 76, 16, 8);
            still.shade_line(3, &format!("M{} 340h64", x - 4));
        });
    }
}
