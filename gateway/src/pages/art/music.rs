//! Instruments and what they need.

use super::{
    audio,
    palette::Tone::{Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, ellipse, rounded},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "MUSIC-UKULELE-TENOR" => ukulele(still),
        "MUSIC-GUITAR-NYLON" => guitar(still),
        "MUSIC-HARMONICA-C" => harmonica(still),
        "MUSIC-KALIMBA-17" => kalimba(still),
        "MUSIC-METRONOME-MECH" => metronome(still),
        "MUSIC-STRINGS-NYLON" => strings(still),
        "MUSIC-STAND-FOLDING" => stand(still),
        "MUSIC-TUNER-CLIP" => tuner(still),
        "MUSIC-CAJON-BIRCH" => cajon(still),
        "MUSIC-HEADPHONES-STUDIO" => audio::wired_headphones(still, Ink),
        _ => return false,
    }
    true
}

fn ukulele(still: &mut Still) {
    still.above();
    still.turned(34, |still| {
        still.block(Dark, 186, 10, 28, 190, 4);
        still.piece(Mid, "M176-24h48l-6 48h-36z");
        for (x, y) in [(170, -14), (170, 8), (230, -14), (230, 8)] {
            still.disc(White, x, y, 6);
        }
        still.piece(
            Mid,
            "M200 168c44 0 68 20 66 52c-2 24-14 28-8 48c8 20 28 32 28 68c0 44-40 66-86 66s-86-22-86-66c0-36 20-48 28-68c6-20-6-24-8-48c-2-32 22-52 66-52z",
        );
        still.shade("M214 402c42-4 72-26 72-66c0-36-20-48-28-68c-6-20 6-24 8-48c2-26-14-44-42-50c30 40 20 60 12 92c0 34 26 60-22 140z");
        still.rect(Dark, 188, 166, 24, 70, 0);
        still.dot(Light, 200, 262, 33);
        still.dot(Ink, 200, 262, 26);
        still.rect(Dark, 160, 336, 80, 16, 5);
        for y in [20, 52, 82, 110, 136, 160, 182] {
            still.line(Light, 2, &format!("M188 {y}h24"));
        }
        for x in [191, 197, 203, 209] {
            still.line(White, 1, &format!("M{x} 10V344"));
        }
        still.glint_line(5, "M138 214q0-28 34-34");
    });
}

fn guitar(still: &mut Still) {
    still.table();
    still.ground_at(96, 250, 366);
    still.group("rotate(7 180 360) translate(-10 6)", |still| {
        still.fill(Dark, "M156-10h48v50h-48z");
        for y in [0, 14, 28] {
            still.rect(White, 146, y, 10, 7, 3);
            still.rect(White, 204, y, 10, 7, 3);
        }
        still.rect(Dark, 164, 38, 32, 150, 0);
        still.fill(
            Light,
            "M180 148c46 0 70 18 66 50c-3 24-14 28-8 46c8 20 32 30 32 66c0 36-44 52-90 52s-90-16-90-52c0-36 24-46 32-66c6-18-5-22-8-46c-4-32 20-50 66-50z",
        );
        still.shade("M188 362c44-2 82-18 82-52c0-36-24-46-32-66c-6-18 5-22 8-46c3-24-10-42-42-48c24 44 16 60 12 92c0 36 38 66-28 120z");
        still.line(Mid, 5, "M180 148c46 0 70 18 66 50c-3 24-14 28-8 46c8 20 32 30 32 66c0 36-44 52-90 52s-90-16-90-52c0-36 24-46 32-66c6-18-5-22-8-46c-4-32 20-50 66-50z");
        still.rect(Dark, 165, 140, 30, 66, 0);
        still.dot(Mid, 180, 236, 34);
        still.dot(Ink, 180, 236, 26);
        still.rect(Dark, 140, 304, 80, 14, 3);
        for y in [60, 84, 106, 126, 144, 160, 176] {
            still.line(Light, 2, &format!("M165 {y}h30"));
        }
        for x in [168, 173, 178, 183, 188, 193] {
            still.line(White, 1, &format!("M{x} 36V308"));
        }
        still.glint_line(5, "M120 194q-2-28 30-36");
    });
}

fn harmonica(still: &mut Still) {
    still.above();
    still.turned(-16, |still| {
        still.block(Dark, 44, 148, 312, 104, 12);
        still.block(White, 44, 136, 312, 44, 12);
        still.rect(White, 44, 222, 312, 44, 12);
        still.shade(&rounded(44, 250, 312, 16, 8));
        still.shade(&rounded(44, 172, 312, 8, 0));
        still.rect(Mid, 44, 180, 312, 42, 0);
        for hole in 0..10 {
            let x = 62 + hole * 28;
            still.rect(Ink, x, 190, 18, 24, 2);
        }
        still.glint_line(4, "M60 146h280");
        still.rect(Mid, 130, 154, 110, 8, 4);
        still.dot(Mid, 62, 158, 6);
        still.dot(Mid, 338, 158, 6);
        still.rect(Spark, 252, 152, 14, 12, 2);
    });
}

fn kalimba(still: &mut Still) {
    still.above();
    still.turned(-6, |still| {
        still.piece(
            Mid,
            "M108 70h184q22 0 24 24l14 210q0 36-34 40H104q-34-4-34-40l14-210q2-24 24-24z",
        );
        still.shade(
            "M300 72q14 6 16 22l14 210q0 36-34 40H104q-16-2-26-14q110 8 200-6q28-60 22-252z",
        );
        still.glint_line(4, "M98 92q2-12 14-12h120");
        still.dot(Dark, 200, 268, 42);
        still.dot(Ink, 200, 270, 35);
        still.rect(White, 96, 108, 208, 10, 5);
        still.rect(Dark, 100, 128, 200, 10, 3);
        for index in 0..17 {
            let x = 104 + index * 12;
            let length = 116 - (index - 8_i32).abs() * 7;
            let tone = if index % 3 == 2 { Light } else { White };
            still.shade(&rounded(x + 3, 98, 8, length, 3));
            still.rect(tone, x, 94, 8, length, 3);
        }
        still.rect(Spark, 96, 138, 208, 5, 2);
    });
}

fn metronome(still: &mut Still) {
    still.table();
    still.ground(108, 300);
    still.fill(Mid, "M168 66q32-22 64 0l62 240H106z");
    still.shade("M214 54q10 4 18 12l62 240h-54z");
    still.fill(Dark, "M176 92h48l36 150H140z");
    for y in [112, 132, 152, 172, 192, 212] {
        still.line(Light, 2, &format!("M192 {y}h16"));
    }
    still.line(White, 5, "M200 246L256 70");
    still.group("rotate(18 236 132)", |still| {
        still.rect(Spark, 222, 118, 28, 24, 3)
    });
    still.rect(Light, 98, 290, 204, GROUND - 290, 4);
    still.shade("M98 308h204v10q0 4-4 4H102q-4 0-4-4z");
    still.rect(Dark, 122, 252, 156, 28, 2);
    still.rect(White, 168, 260, 64, 12, 2);
    still.line(Dark, 7, "M302 276h16v-14");
    still.glint_line(5, "M160 100l-38 148");
}

fn strings(still: &mut Still) {
    still.above();
    still.turned(-9, |still| {
        still.block(Mid, 60, 64, 210, 230, 4);
        still.rect(Dark, 60, 64, 210, 54, 0);
        still.rect(Light, 78, 82, 120, 16, 0);
        for (index, x) in (92..=242).step_by(30).enumerate() {
            let tone = if index < 3 { Light } else { White };
            still.line(
                tone,
                6 - i32::try_from(index).unwrap_or(0),
                &format!("M{x} 140v136"),
            );
        }
        still.shade("M256 64h14v230h-14z");
    });
    for (radius, tone) in [(74, White), (66, Light), (58, White), (70, Spark)] {
        still.cord(tone, 3, &ellipse(286, 276, radius, radius - 3));
    }
    still.cord(White, 3, "M286 200q60-20 90 20");
}

fn stand(still: &mut Still) {
    still.table();
    still.ground_at(120, 280, 352);
    still.line(Dark, 9, "M200 190v124");
    still.line(Dark, 8, "M200 286L126 352M200 286l74 66M200 302v56");
    still.rect(Light, 193, 236, 14, 26, 3);
    still.fill(Dark, "M84 62h232l16 124H68z");
    still.fill(Ink, "M60 184h280v14H60z");
    still.fill(White, "M104 48h90l2 132h-100zM206 48h90l8 132h-100z");
    still.shade("M206 48h14l4 132h-20z");
    for y in [74, 104, 134] {
        for line in 0..3 {
            let y = y + line * 6;
            still.line(Light, 1, &format!("M112 {y}h74M214 {y}h76"));
        }
    }
    for (x, y) in [
        (124, 84),
        (146, 78),
        (168, 88),
        (228, 112),
        (250, 106),
        (272, 116),
        (130, 142),
        (160, 136),
    ] {
        still.line(Ink, 2, &format!("M{} {}v-20", x + 4, y));
        still.oval(Ink, x, y, 5, 4);
    }
    still.dot(Spark, 200, 192, 7);
}

fn tuner(still: &mut Still) {
    still.table();
    still.ground(140, 280);
    still.fill(Ink, "M150 236h100l14 70q2 16-12 16H148q-14 0-12-16z");
    still.line(Light, 4, "M150 296h100");
    still.fill(Ink, "M182 200h36v50h-36z");
    still.ball(Spark, 200, 226, 20);
    still.rect(Ink, 84, 60, 232, 150, 24);
    still.shade("M292 60q24 0 24 24v102q0 24-24 24z");
    still.rect(Light, 104, 80, 192, 104, 8);
    for step in 0..9 {
        let turn = step * 12 - 48;
        still.group(&format!("rotate({turn} 200 210)"), |still| {
            still.line(Dark, 4, "M200 96v10")
        });
    }
    still.line(Spark, 6, "M200 170L206 102");
    still.glint("M104 88q0-8 8-8h70l-60 104h-10q-8 0-8-8z");
}

fn cajon(still: &mut Still) {
    still.table();
    still.ground(98, 310);
    still.carton(Light, (104, 108), (154, GROUND - 108), 56);
    still.rect(Mid, 104, 108, 154, GROUND - 108, 0);
    still.glint("M104 108h60v206l-60 8z");
    for (y, bend) in [
        (140, 9),
        (172, -8),
        (204, 10),
        (236, -9),
        (268, 8),
        (298, -6),
    ] {
        still.shade_line(2, &format!("M108 {y}q38 {bend} 74 0t72 0"));
    }
    for (x, y) in [
        (114, 118),
        (248, 118),
        (114, 312),
        (248, 312),
        (114, 214),
        (248, 214),
    ] {
        still.dot(Dark, x, y, 4);
    }
    still.oval(Ink, 286, 186, 13, 24);
    still.rect(Spark, 150, 286, 62, 14, 2);
}
