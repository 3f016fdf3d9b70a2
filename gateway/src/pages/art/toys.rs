//! Games on the table and toys on the floor.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, ellipse, rounded},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "GAME-HARBOR-MASTERS" => game_box(still, Dark, harbor),
        "GAME-LANTERN-FOREST" => game_box(still, Spark, forest),
        "GAME-CHESS-TRAVEL" => chess(still),
        "GAME-CARDS-LINEN" => cards(still),
        "GAME-DICE-SET" => polyhedra(still),
        "TOY-BLOCKS-100" => blocks(still),
        "TOY-TRAIN-STARTER" => train(still),
        "TOY-KITE-DELTA" => kite(still),
        "TOY-MICROSCOPE" => microscope(still),
        "TOY-PUZZLE-1000-MAP" => puzzle(still),
        _ => return false,
    }
    true
}

fn game_box(still: &mut Still, tone: Tone, picture: fn(&mut Still)) {
    still.table();
    still.ground(72, 330);
    still.carton(tone, (76, 104), (216, GROUND - 104), 44);
    still.shade_line(3, "M292 112l44-22");
    still.group("translate(184 213)", picture);
    still.ground_at(40, 60, 352);
    still.fill(
        Mid,
        "M34 352q4-16 12-20q-8-4-8-12a12 12 0 0 1 24 0q0 8-8 12q8 4 12 20z",
    );
    still.fill(
        Light,
        "M84 360q4-16 12-20q-8-4-8-12a12 12 0 0 1 24 0q0 8-8 12q8 4 12 20z",
    );
}

fn harbor(still: &mut Still) {
    still.rect(Light, -98, -98, 196, 128, 0);
    still.dot(White, 54, -54, 22);
    still.line(Mid, 7, "M-70 26V-76h76M-70-50l30-26M0-76v40");
    still.rect(Mid, -14, -36, 28, 20, 0);
    still.fill(Dark, "M-40 30h120l-18-34h-86z");
    still.rect(White, 20, -34, 30, 28, 0);
    still.rect(Mid, 28, -52, 14, 18, 0);
    still.rect(Spark, -98, 30, 196, 16, 0);
    still.rect(White, -80, 62, 160, 14, 0);
    still.rect(Light, -44, 84, 88, 8, 0);
}

fn forest(still: &mut Still) {
    still.rect(Dark, -98, -98, 196, 140, 0);
    for (x, size) in [(-78, 54), (-40, 72), (76, 66), (40, 52)] {
        still.fill(
            Spark,
            &format!("M{x} {}l{} {size}h-{}z", 36 - size - 24, size / 2, size),
        );
        still.rect(Mid, x - 4, 10, 8, 32, 0);
    }
    for r in [44, 30] {
        still.glint(&ellipse(0, -10, r, r));
    }
    still.rect(Light, -15, -26, 30, 40, 5);
    still.rect(Ink, -18, -32, 36, 8, 3);
    still.rect(Ink, -18, 12, 36, 8, 3);
    still.line(Ink, 4, "M-12-32q12-26 24 0");
    still.rect(White, -80, 58, 160, 14, 0);
    still.rect(Dark, -44, 80, 88, 8, 0);
}

/// A chess piece whose foot is at a place; the path is its head.
fn piece(still: &mut Still, tone: Tone, x: i32, y: i32, head: &str) {
    still.ground_at(x - 22, x + 22, y);
    still.group(&format!("translate({x} {y})"), |still| {
        still.fill(
            tone,
            "M-26 0q0-14 10-18q6-30 4-52h24q-2 22 4 52q10 4 10 18z",
        );
        still.fill(tone, head);
        still.shade("M4-70h8q-2 22 4 52q10 4 10 18H6q8-30-2-70z");
        still.rect(tone, -18, -76, 36, 8, 4);
    });
}

fn chess(still: &mut Still) {
    still.table();
    still.ground_at(50, 350, 350);
    still.fill(Dark, "M40 350l56-66h220l56 66z");
    still.rect(Mid, 40, 348, 332, 18, 2);
    still.shade("M40 358h332v6q0 2-2 2H42q-2 0-2-2z");
    for row in 0..4 {
        let (y, next) = (286 + row * 16, 302 + row * 16);
        for column in 0..8 {
            if (row + column) % 2 == 0 {
                let x = |edge: i32, y: i32| 206 + (edge - 4) * (27 + (y - 286) * 12 / 66);
                let (a, b) = (x(column, y), x(column + 1, y));
                let (c, d) = (x(column + 1, next), x(column, next));
                still.fill(Light, &format!("M{a} {y}L{b} {y} {c} {next} {d} {next}z"));
            }
        }
    }
    piece(
        still,
        Light,
        116,
        320,
        "M-20-74v-30h10v9h6v-9h8v9h6v-9h10v30z",
    );
    piece(
        still,
        Mid,
        206,
        336,
        "M0-166v12m-8-6h16M-22-76q-16-44 10-58q12-20 24 0q26 14 10 58z",
    );
    still.line(Mid, 6, "M206 170v28M196 180h20");
    piece(
        still,
        White,
        296,
        326,
        "M-20-74q-6-32 14-44l-4-18q40 2 32 62z",
    );
}

fn cards(still: &mut Still) {
    still.above();
    for (turn, tone) in [(-28, Mid), (-14, White), (0, White), (14, White)] {
        still.group(&format!("rotate({turn} 190 380) translate(4 0)"), |still| {
            still.block(tone, 124, 92, 142, 200, 10);
            still.shade_line(1, &rounded(124, 92, 142, 200, 10));
            if matches!(tone, Mid) {
                still.line(Light, 3, &rounded(134, 102, 122, 180, 6));
            } else {
                still.fill(Mid, "M142 104q8 8 0 18q-8-10 0-18z");
            }
        });
    }
    still.group("rotate(14 190 380) translate(4 0)", |still| {
        still.fill(
            Mid,
            "M195 240q-56-40-42-70q18-22 42 6q24-28 42-6q14 30-42 70z",
        );
        still.fill(Dark, "M142 104q8 8 0 18q-8-10 0-18z");
    });
    still.group("rotate(-24 90 320)", |still| {
        still.block(Dark, 30, 268, 96, 118, 6);
        still.rect(Light, 42, 280, 72, 94, 3);
        still.fill(Dark, "M78 300l22 27-22 27-22-27z");
    });
}

fn polyhedra(still: &mut Still) {
    still.table();
    for (left, right) in [(120, 280), (44, 120), (284, 360)] {
        still.ground(left, right);
    }
    still.group("translate(200 216)", |still| {
        still.fill(Dark, "M0-106l92 53v106l-92 53-92-53v-106z");
        still.fill(Spark, "M0-60l54 92h-108z");
        still.fill(Spark, "M0-106l-92 53 38 85 54-92z");
        still.glint("M0-106l-92 53 38 85 54-92z");
        still.fill(Spark, "M0-106l92 53-38 85-54-92z");
        still.shade("M0-106l92 53-38 85-54-92z");
        still.shade("M54 32l38 21v-106zM54 32H-54L0 106z");
        still.fill(Light, "M-20 14v-7l14-14q4-6-2-8-6 0-8 6h-7q2-14 15-14 12 1 11 13-1 6-15 17h15v7zM18-23q14 0 14 19t-14 19-14-19 14-19zm0 7q-7 0-7 12t7 12 7-12-7-12z");
    });
    still.group("translate(82 282)", |still| {
        still.fill(Mid, "M0-44L46 40H-46z");
        still.shade("M0-44L46 40H14z");
        still.rect(White, -12, 2, 7, 24, 1);
    });
    still.carton(Light, (290, 262), (56, 60), 26);
    for (x, y) in [(304, 276), (332, 276), (318, 292), (304, 308), (332, 308)] {
        still.dot(Dark, x, y, 5);
    }
    still.group("translate(150 354)", |still| {
        still.fill(Light, "M0-30l30 26-30 34-30-34z");
        still.shade("M0-30l30 26-30 34z");
    });
    still.group("translate(254 356)", |still| {
        still.fill(Mid, "M0-26l26 18v20L0 28l-26-16V-8z");
        still.shade("M0 4l26-12v20L0 28z");
        still.glint("M0-26l26 18L0 4l-26-12z");
    });
}

fn blocks(still: &mut Still) {
    still.table();
    still.ground(62, 340);
    for (x, y, tone) in [
        (66, 246, Mid),
        (146, 246, Light),
        (226, 246, Dark),
        (106, 170, Spark),
        (186, 170, Mid),
    ] {
        still.carton(tone, (x, y), (76, 76), 26);
    }
    still.fill(Light, "M150 158a34 34 0 0 1 68 0z");
    still.fill(Light, "M146 94h76v76h-20a18 18 0 0 0-36 0h-20z");
    still.fill(Light, "M146 94l26-13h76l-26 13z");
    still.glint("M146 94l26-13h76l-26 13z");
    still.fill(Light, "M222 94l26-13v76l-26 13z");
    still.shade("M222 94l26-13v76l-26 13z");
    still.fill(Mid, "M142 92l44-54 44 54z");
    still.fill(Mid, "M186 38l26-12 44 54-26 12z");
    still.shade("M186 38l26-12 44 54-26 12z");
    still.fill(
        White,
        "M104 296l-14-30h8l8 18 8-18h8l-14 30zM178 268h10l14 32h-9l-3-8h-14l-3 8h-9zm5 10l-4 8h8z",
    );
}

fn train(still: &mut Still) {
    still.table();
    still.ground_at(30, 370, 336);
    still.rect(Light, 0, 334, 400, 14, 0);
    still.shade("M0 342h400v6H0z");
    still.rect(Spark, 238, 222, 128, 92, 6);
    for (x, tone) in [(256, Mid), (300, Light)] {
        still.turned_body(tone, x + 18, (196, 20), (226, 20));
        still.mouth(tone, tone, x + 18, 196, 20);
    }
    still.shade("M328 222h32q6 0 6 6v80q0 6-6 6h-32z");
    still.rect(Dark, 200, 296, 52, 9, 4);
    still.rect(Dark, 34, 284, 176, 30, 6);
    still.rect(Mid, 48, 222, 112, 64, 28);
    still.glint_line(6, "M76 234h70");
    still.shade("M48 258h112v28H76q-26 0-28-28z");
    still.rect(Mid, 136, 176, 70, 112, 4);
    still.rect(White, 152, 194, 38, 38, 4);
    still.shade("M188 176h14q4 0 4 4v104q0 4-4 4h-14z");
    still.rect(Light, 126, 162, 92, 18, 6);
    still.fill(Dark, "M72 224l-8-52h36l-8 52z");
    for (x, y, r) in [(86, 140, 15), (112, 112, 20), (150, 82, 26)] {
        still.glass(&ellipse(x, y, r, r));
    }
    for x in [70, 124, 178, 268, 336] {
        still.dot(Light, x, 316, 22);
        still.dot(Dark, x, 316, 8);
        still.shade(&format!(
            "M{} 300a22 22 0 0 1-30 30a26 26 0 0 0 30-30z",
            x + 15
        ));
    }
}

fn kite(still: &mut Still) {
    still.rect(Tone::Wall, 0, 0, 400, 400, 0);
    for (x, y) in [(70, 120), (310, 330), (330, 70)] {
        still.glass(&format!(
            "M{} {y}a22 22 0 0 1 4-44a34 34 0 0 1 62-4a26 26 0 0 1 20 48z",
            x - 34
        ));
    }
    still.line(Dark, 2, "M226 212Q150 290 90 400");
    still.line(Mid, 10, "M170 236q-54 16-44 50t-46 36-20 50");
    still.line(Light, 10, "M206 254q20 40-8 60t2 56");
    still.group("rotate(38 200 190)", |still| {
        still.fill(Mid, "M200 46L34 208l112-6 54 36z");
        still.fill(Light, "M200 46l166 162-112-6-54 36z");
        still.shade("M200 46l166 162-50-3z");
        still.fill(Dark, "M200 46l-56 156 56 36 56-36z");
        still.glint("M200 46l-56 156 56 36z");
        still.fill(Spark, "M200 118l-22 74 22 14 22-14z");
        still.line(White, 3, "M200 46v192M34 208L200 46l166 162");
    });
}

fn microscope(still: &mut Still) {
    still.table();
    still.ground(110, 300);
    still.rect(Dark, 108, 298, 184, 24, 8);
    still.shade("M108 310h184v4q0 8-8 8H116q-8 0-8-8z");
    still.line(Dark, 26, "M254 300c50-60 30-150-36-166");
    still.glint_line(5, "M262 274c28-50 12-110-30-132");
    still.rect(Ink, 126, 244, 118, 14, 3);
    still.rect(White, 146, 238, 60, 6, 1);
    still.rect(Dark, 166, 258, 30, 40, 2);
    still.dot(Light, 181, 282, 12);
    still.group("rotate(-24 196 150)", |still| {
        still.rect(Mid, 172, 84, 50, 106, 8);
        still.shade("M204 84h10q8 0 8 8v90q0 8-8 8h-10z");
        still.glint_line(5, "M182 98v76");
        still.rect(Ink, 180, 48, 34, 38, 4);
        still.rect(Light, 174, 42, 46, 12, 4);
        still.rect(Light, 182, 190, 30, 22, 3);
        still.rect(White, 188, 210, 18, 16, 2);
    });
    still.ball(Spark, 272, 218, 19);
}

fn puzzle(still: &mut Still) {
    still.above();
    still.turned(-6, |still| {
        still.block(Dark, 44, 60, 300, 234, 2);
        for turn in [0, 30, 60, 90, 120, 150] {
            still.group(&format!("rotate({turn} 194 177)"), |still| still.glint_line(1, "M100 177h188"));
        }
        for r in [94, 62, 30] {
            still.glint_line(1, &ellipse(194, 177, r, r));
        }
        still.line(Light, 2, "M96 120l40 20 30-26 44 20 12 40 44-8M130 240l36-22 50 16 40-30 36 24");
        for (x, y, r) in [(96, 120, 5), (136, 140, 3), (166, 114, 6), (210, 134, 4), (222, 174, 3), (266, 166, 5), (130, 240, 4), (166, 218, 6), (216, 234, 3), (256, 204, 4), (292, 228, 5), (300, 100, 3), (76, 200, 3)] {
            still.dot(Light, x, y, r);
        }
        for x in [104, 164, 224, 284] {
            still.shade_line(2, &format!("M{x} 60v20q-14-6-14 8t14 8v36q14-6 14 8t-14 8v30q-14-6-14 8t14 8v100"));
        }
        for y in [118, 176, 234] {
            still.shade_line(2, &format!("M44 {y}h22q-6 14 8 14t8-14h48q-6-14 8-14t8 14h46q-6 14 8 14t8-14h48q-6-14 8-14t8 14h74"));
        }
        still.fill(Tone::Table, "M284 234h60v60h-60v-20q14 6 14-8t-14-8z");
    });
    still.group("rotate(18 330 330)", |still| {
        still.piece(
            Dark,
            "M296 296h24q-6-14 8-14t8 14h24v24q14-6 14 8t-14 8v24h-64z",
        );
        still.dot(Light, 326, 326, 6);
    });
}
