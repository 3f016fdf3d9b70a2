//! Keyboards by their layout, and their parts.

use super::{
    palette::Tone::{self, Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, rounded},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "KB-TENKEYLESS-BRN" => tenkeyless(still, Dark, Mid, Spark),
        "KB-TENKEYLESS-RED" => tenkeyless(still, White, Light, Spark),
        "KB-SIXTY-WIRELESS" => sixty(still, Mid, Dark, Light),
        "KB-SPLIT-ERGO" => split(still),
        "KB-FULL-OFFICE" => full_size(still),
        "KB-NUMPAD" => number_pad(still),
        "KB-KEYCAPS-SAGE" => keycaps(still),
        "KB-WRISTREST-OAK" => wrist_rest(still),
        "KB-SWITCH-SAMPLER" => switches(still),
        "KB-PROTOTYPE-ONE" => prototype(still),
        _ => return false,
    }
    true
}

/// Rows of keys; the numbers are widths in quarters of a key, negative ones leave a gap.
fn rows(
    still: &mut Still,
    (x, y): (i32, i32),
    size: i32,
    keys: Tone,
    accent: Tone,
    layout: &[&[i32]],
) {
    let [mut plain, mut marked, mut shaded, mut lit] = [const { String::new() }; 4];
    for (row, widths) in (0..).zip(layout) {
        let (mut left, top) = (x, y + row * size);
        for (column, quarters) in widths.iter().enumerate() {
            let width = quarters.abs() * size / 4;
            if *quarters > 0 {
                let is_marked = (row == 0 && column == 0) || *quarters == 9;
                let face = if is_marked { &mut marked } else { &mut plain };
                face.push_str(&rounded(left, top, width - 2, size - 2, 2));
                shaded.push_str(&rounded(left, top + size - 6, width - 2, 4, 0));
                lit.push_str(&rounded(left + 3, top + 2, width - 8, 2, 0));
            }
            left += width;
        }
    }
    still.fill(keys, &plain);
    still.fill(accent, &marked);
    still.shade(&shaded);
    still.glint(&lit);
}

const MAIN: [&[i32]; 5] = [
    &[4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8],
    &[6, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6],
    &[7, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 9],
    &[10, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 10],
    &[5, 5, 5, 25, 5, 5, 5, 5],
];

/// A keyboard without a number pad.
pub(super) fn tenkeyless(still: &mut Still, shell: Tone, keys: Tone, accent: Tone) {
    still.above();
    still.line(Ink, 6, "M232 128Q236 40 330 20");
    still.turned(-9, |still| {
        still.slab(shell, 24, 126, 352, 148, 10);
        let layout: [&[i32]; 6] = [
            &[
                4, -4, 4, 4, 4, 4, -2, 4, 4, 4, 4, -2, 4, 4, 4, 4, -1, 4, 4, 4,
            ],
            &[4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, -1, 4, 4, 4],
            &[6, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6, -1, 4, 4, 4],
            &[7, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 9],
            &[9, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 11, -5, 4],
            &[5, 5, 5, 25, 5, 5, 5, 5, -1, 4, 4, 4],
        ];
        rows(still, (36, 137), 18, keys, accent, &layout);
    });
}

/// A small keyboard.
pub(super) fn sixty(still: &mut Still, shell: Tone, keys: Tone, accent: Tone) {
    still.above();
    still.turned(-12, |still| {
        still.slab(shell, 48, 134, 304, 124, 14);
        rows(still, (58, 144), 19, keys, accent, &MAIN);
    });
}

fn split(still: &mut Still) {
    still.above();
    still.cord(Ink, 6, "M160 130q40-60 80 0");
    for (turn, x) in [(14, 40), (-14, 214)] {
        still.group(&format!("rotate({turn} {} 200)", x + 73), |still| {
            still.slab(Ink, x, 122, 146, 160, 14);
            let layout: [&[i32]; 5] = [&[4; 6], &[4; 6], &[4; 6], &[4; 6], &[-4, 4, 4, 8]];
            rows(still, (x + 10, 132), 21, Dark, Spark, &layout);
            still.rect(Mid, x + 50, 246, 60, 22, 6);
        });
    }
}

fn full_size(still: &mut Still) {
    still.above();
    still.line(Dark, 6, "M200 140Q210 60 150 16");
    still.turned(-9, |still| {
        still.slab(White, 10, 138, 380, 126, 8);
        let layout: [&[i32]; 6] = [
            &[
                4, -4, 4, 4, 4, 4, -2, 4, 4, 4, 4, -2, 4, 4, 4, 4, -1, 4, 4, 4, -1, 4, 4, 4, 4,
            ],
            &[
                4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, -1, 4, 4, 4, -1, 4, 4, 4, 4,
            ],
            &[
                6, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6, -1, 4, 4, 4, -1, 4, 4, 4, 4,
            ],
            &[7, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 9, -14, 4, 4, 4, 4],
            &[9, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 11, -5, 4, -5, 4, 4, 4, 4],
            &[5, 5, 5, 25, 5, 5, 5, 5, -1, 4, 4, 4, -1, 8, 4, 4],
        ];
        rows(still, (17, 146), 16, Light, Mid, &layout);
    });
}

fn number_pad(still: &mut Still) {
    still.above();
    still.turned(-10, |still| {
        still.slab(Dark, 106, 76, 188, 242, 14);
        let layout: [&[i32]; 5] = [&[4; 4], &[4; 4], &[4; 4], &[4; 4], &[8, 4, 4]];
        rows(still, (118, 90), 41, Mid, Spark, &layout);
        still.rect(Spark, 241, 213, 39, 80, 3);
        still.shade("M241 284h39v6q0 3-3 3h-33q-3 0-3-3z");
    });
}

fn keycaps(still: &mut Still) {
    still.above();
    let caps = [
        (52, 62, -8, Light),
        (152, 44, 5, Mid),
        (250, 66, 12, Light),
        (66, 164, 9, Mid),
        (160, 150, -6, Spark),
        (256, 168, 6, Dark),
        (54, 262, -4, Dark),
        (152, 258, 10, Light),
        (250, 270, -12, Mid),
    ];
    for (x, y, turn, tone) in caps {
        still.group(&format!("rotate({turn} {} {})", x + 42, y + 42), |still| {
            still.block(tone, x, y, 86, 86, 12);
            still.shade(&format!(
                "M{} {y}q12 0 12 12v62q0 12-12 12H{}q-10 0-12-10l14-10h56l10-56z",
                x + 74,
                x + 12
            ));
            still.glint(&rounded(x + 14, y + 8, 58, 60, 10));
        });
    }
    still.line(White, 5, "M194 180l16 14-16 14M214 210h14");
}

fn wrist_rest(still: &mut Still) {
    still.above();
    still.turned(-10, |still| {
        still.slab(Dark, 52, 60, 296, 112, 12);
        rows(still, (62, 68), 18, Mid, Spark, &MAIN);
        still.piece(Spark, &rounded(38, 206, 324, 82, 22));
        still.shade(&rounded(38, 258, 324, 30, 15));
        still.glint_line(5, "M62 220h270");
        for (y, bend) in [(232, 6), (244, -5), (254, 7)] {
            still.shade_line(2, &format!("M60 {y}q70 {bend} 140 0t140 0"));
        }
    });
}

fn switches(still: &mut Still) {
    still.above();
    still.turned(-6, |still| {
        still.block(White, 66, 46, 268, 306, 14);
        still.glint(&rounded(66, 46, 268, 306, 14));
        for row in 0..4 {
            for column in 0..4 {
                let (x, y) = (84 + column * 62, 66 + row * 70);
                let stem =
                    [Spark, Mid, Light, Dark][usize::try_from((row * 3 + column) % 4).unwrap_or(0)];
                still.block(Ink, x, y, 46, 46, 5);
                still.rect(Dark, x + 5, y + 5, 36, 36, 3);
                still.rect(stem, x + 13, y + 13, 20, 20, 3);
                still.line(White, 4, &format!("M{} {}v12m-6-6h12", x + 23, y + 17));
            }
        }
    });
}

fn prototype(still: &mut Still) {
    still.above();
    still.line(Spark, 6, "M70 150Q20 90 80 60t60-40");
    still.turned(-9, |still| {
        still.slab(Spark, 34, 108, 332, 172, 4);
        still.rect(Dark, 46, 120, 308, 126, 2);
        let layout: [&[i32]; 6] = [
            &[4, -1, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, -1, 4],
            &[4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8],
            &[6, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6],
            &[7, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 9],
            &[9, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 7, 4],
            &[5, 5, 5, 25, 4, 4, 4, 4, 4],
        ];
        rows(still, (50, 124), 20, White, Spark, &layout);
        still.rect(White, 250, 256, 96, 16, 2);
        still.rect(Dark, 258, 262, 60, 3, 0);
        for (x, y) in [(44, 268), (44, 116), (358, 116), (358, 268)] {
            still.dot(Dark, x - 1, y, 4);
        }
    });
    still.group("rotate(40 320 330)", |still| {
        still.block(Mid, 250, 322, 70, 22, 10);
        still.block(White, 318, 329, 66, 8, 2);
    });
    still.dot(Light, 60, GROUND + 14, 6);
}
