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
    still.fill(
        Spark,
        "M214 156q-40-50-64-22q-8 22 64 22zM214 156q20-56 56-38q20 22-56 38z",
    );
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
}

fn signpost(still: &mut Still) {
    still.table();
    still.ground_at(150, 222, 344);
    still.rect(Dark, 164, 60, 22, 284, 3);
    still.shade("M178 60h5q3 0 3 3v278q0 3-3 3h-5z");
    still.fill(Light, "M68 92h160l28 26-28 26H68z");
    still.fill(Spark, "M276 162H116l-28 26 28 26h160z");
    still.shade("M68 136h168l-8 8H68zM276 206H108l8 8h160z");
    still.rect(Dark, 92, 112, 90, 10, 0);
    still.rect(White, 152, 182, 90, 10, 0);
    still.ground_at(252, 350, 352);
    still.carton(Light, (256, 278), (76, 74), 28);
    still.rect(Mid, 286, 278, 16, 74, 0);
    still.fill(Mid, "M286 278l28-14h16l-28 14z");
    still.rect(White, 262, 312, 20, 26, 1);
}

/// Things of several categories on a long table.
fn hero(still: &mut Still) {
    still.resize(960, 640);
    still.rect(Wall, 0, 0, 960, 640, 0);
    for x in [40, 230, 560, 750] {
        still.glint(&format!("M{x} 0h160l250 450h-160z"));
    }
    still.rect(Table, 0, 450, 960, 190, 0);
    for x in [290, 480, 810] {
        still.glint(&format!("M{x} 450h160l105 190h-160z"));
    }
    still.group("translate(-6 92) scale(1.28)", kettle_and_cup);
    still.group("translate(-92 74) scale(1.24)", plant);
    still.group("translate(-150 22) scale(1.24)", lamp);
    still.group("translate(-192 62) scale(1.24)", book_pile);
}

fn kettle_and_cup(still: &mut Still) {
    still.with(palette::of("kitchen"), super::kitchen::kettle_alone);
    still.with(palette::of("books"), |still| {
        still.ground_at(306, 386, 362);
        still.line(White, 10, "M372 318c34-4 34 36-2 34");
        still.turned_body(White, 340, (304, 38), (356, 30));
        still.mouth(White, Dark, 340, 304, 38);
        still.rect(Mid, 304, 326, 70, 6, 0);
    });
}

fn plant(still: &mut Still) {
    still.with(palette::of("garden"), |still| {
        still.ground_at(486, 546, 402);
        for (d, tone) in [
            (
                "M514 316C470 280 440 200 462 150C510 190 522 260 514 316z",
                Mid,
            ),
            (
                "M514 316C560 290 596 220 586 160C536 190 512 260 514 316z",
                Mid,
            ),
            (
                "M514 316C490 230 500 150 526 104C552 160 546 250 514 316z",
                Light,
            ),
        ] {
            still.fill(tone, d);
        }
        still.shade("M514 316C546 250 552 160 526 104C532 180 530 250 514 316z");
        still.line(
            Dark,
            3,
            "M514 316C490 270 474 210 466 170M514 316C544 270 570 220 582 176",
        );
        still.turned_body(Spark, 514, (314, 46), (394, 34));
        still.mouth(Spark, Dark, 514, 314, 46);
    });
}

fn book_pile(still: &mut Still) {
    still.ground_at(600, 770, 410);
    for (y, x, width, category, tone) in [
        (376, 600, 176, "books", Mid),
        (344, 612, 158, "stationery", Mid),
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
        still.ground_at(786, 846, 384);
        still.beam(&ellipse(806, 222, 110, 110));
        still.line(Mid, 9, "M806 370V206");
        still.turned_body(Mid, 806, (366, 46), (378, 48));
        still.oval(Mid, 806, 366, 46, 9);
        still.fill(Spark, "M766 100h80l36 112H730z");
        still.shade("M826 100h20l36 112h-50z");
        still.oval(White, 806, 212, 76, 12);
        still.dot(Ink, 806, 96, 5);
    });
}
