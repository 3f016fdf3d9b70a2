//! Drawings of the shop itself, and the parcel that stands for a product that nobody drew.

use super::{
    palette::{
        self,
        Tone::{Dark, Ink, Light, Mid, Spark, Table, Wall, White},
    },
    still::{GROUND, Still, ellipse},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "SHOP-HERO" => hero(still),
        "SHOP-EMPTY" => empty_basket(still),
        "SHOP-LOST" => signpost(still),
        _ => return false,
    }
    true
}

/// A parcel with a ribbon.
pub(super) fn parcel(still: &mut Still) {
    still.table();
    still.ground(92, 318);
    still.carton(Light, (96, 176), (176, GROUND - 176), 60);
    still.rect(Mid, 168, 176, 32, GROUND - 176, 0);
    still.fill(Mid, "M168 176l60-30h32l-60 30z");
    still.fill(Spark, "M214 156q-40-50-64-22q-8 22 64 22zM214 156q20-56 56-38q20 22-56 38z");
    still.dot(Spark, 214, 154, 10);
    still.rect(White, 112, 250, 44, 52, 2);
    still.rect(Dark, 119, 262, 30, 5, 0);
    still.rect(Dark, 119, 274, 20, 5, 0);
}

fn empty_basket(still: &mut Still) {
    still.table();
    still.ground(96, 310);
    still.line(Dark, 12, "M128 210C128 80 272 80 272 210");
    still.fill(Dark, "M92 204h216l-6 20H98z");
    still.fill(Light, "M86 206h228l-26 116H112z");
    still.shade("M252 206h62l-26 116h-46z");
    for row in 0..4 {
        let (y, inset) = (226 + row * 24, 6 + row * 5);
        let width = 216 - 2 * inset;
        still.line(Mid, 5, &format!("M{} {y}h{width}", 92 + inset));
        for step in 0..8 {
            let x = 104 + inset + step * (width - 10) / 8 + (row % 2) * 8;
            still.line(Mid, 5, &format!("M{x} {y}v20"));
        }
    }
    still.rect(Mid, 80, 198, 240, 16, 8);
    still.glint_line(4, "M94 203h150");
    still.fill(Spark, "M318 340q26-34 52-8q-22 24-52 8z");
    still.line(White, 2, "M322 340q22-2 40-10");
}

fn signpost(still: &mut Still) {
    still.table();
    still.ground_at(176, 240, 344);
    still.rect(Dark, 188, 60, 22, 284, 3);
    still.shade("M202 60h5q3 0 3 3v278q0 3-3 3h-5z");
    still.fill(Light, "M92 92h160l28 26-28 26H92z");
    still.fill(Spark, "M300 162H140l-28 26 28 26h160z");
    still.shade("M92 136h168l-8 8H92zM300 206H132l8 8h160z");
    still.rect(Dark, 116, 112, 90, 10, 0);
    still.rect(White, 176, 182, 90, 10, 0);
    still.group("translate(318 330)", |still| {
        still.ground_at(-24, 24, 8);
        still.fill(Mid, "M-24 8q0-60 24-60t24 60z");
        still.dot(White, -9, -26, 7);
        still.dot(White, 9, -26, 7);
        still.dot(Ink, -8, -25, 3);
        still.dot(Ink, 8, -25, 3);
    });
}

/// Things of several categories on a long table.
fn hero(still: &mut Still) {
    still.resize(960, 480);
    still.rect(Wall, 0, 0, 960, 480, 0);
    for x in [90, 260, 600, 770] {
        still.glint(&format!("M{x} 0h140l186 346h-140z"));
    }
    still.rect(Table, 0, 346, 960, 134, 0);
    for x in [276, 446, 786] {
        still.glint(&format!("M{x} 346h140l74 134h-140z"));
    }
    kettle_and_cup(still);
    plant(still);
    book_pile(still);
    lamp(still);
}

fn kettle_and_cup(still: &mut Still) {
    still.with(palette::of("kitchen"), |still| {
        still.group("translate(36 66) scale(1.02)", |still| super::kitchen::kettle_alone(still));
    });
    still.with(palette::of("books"), |still| {
        still.ground_at(330, 410, 420);
        still.line(White, 10, "M398 376c34-4 34 36-2 34");
        still.turned_body(White, 366, (362, 38), (414, 30));
        still.mouth(White, Dark, 366, 362, 38);
        still.rect(Mid, 330, 384, 70, 6, 0);
    });
}

fn plant(still: &mut Still) {
    still.with(palette::of("garden"), |still| {
        still.ground_at(470, 560, 402);
        for (d, tone) in [
            ("M514 316C470 280 440 200 462 150C510 190 522 260 514 316z", Mid),
            ("M514 316C560 290 596 220 586 160C536 190 512 260 514 316z", Mid),
            ("M514 316C490 230 500 150 526 104C552 160 546 250 514 316z", Light),
        ] {
            still.fill(tone, d);
        }
        still.line(Dark, 3, "M514 316C504 240 512 170 524 122M514 316C490 270 474 210 466 170M514 316C544 270 570 220 582 176");
        still.turned_body(Spark, 514, (314, 46), (394, 34));
        still.mouth(Spark, Dark, 514, 314, 46);
    });
}

fn book_pile(still: &mut Still) {
    still.ground_at(600, 780, 406);
    for (y, x, width, category, tone) in [
        (374, 600, 176, "books", Mid),
        (342, 612, 158, "stationery", Mid),
        (312, 606, 150, "toys-and-games", Light),
    ] {
        still.with(palette::of(category), |still| {
            still.rect(tone, x, y, width, 32, 3);
            still.rect(White, x + width - 12, y + 4, 12, 24, 0);
            still.shade(&super::still::rounded(x, y + 22, width, 10, 0));
            still.rect(White, x + 18, y + 11, 60, 5, 0);
            still.glint_line(2, &format!("M{} {}h{}", x + 4, y + 3, width - 20));
        });
    }
    still.with(palette::of("toys-and-games"), |still| {
        still.ball(Mid, 668, 284, 28);
        still.line(Dark, 4, "M668 258q4-14 16-18");
        still.fill(Dark, "M676 250q18-14 30 0q-16 12-30 0z");
    });
}

fn lamp(still: &mut Still) {
    still.with(palette::of("lighting"), |still| {
        still.ground_at(800, 900, 410);
        still.line(Mid, 9, "M846 400V220");
        still.turned_body(Mid, 846, (396, 50), (406, 52));
        still.oval(Mid, 846, 396, 50, 10);
        still.beam(&ellipse(846, 230, 120, 120));
        still.fill(Spark, "M806 120h80l38 116H768z");
        still.shade("M864 120h22l38 116h-52z");
        still.oval(White, 846, 236, 78, 12);
    });
    still.dot(Ink, 846, 114, 5);
}
