//! Desk, chair, light and what lies between them.

use super::{
    audio, keyboards, lighting,
    palette::Tone::{Dark, Ink, Light, Mid, Spark, White},
    still::Still,
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "OFFICE-KEYBOARD-MECH-87" => keyboards::tenkeyless(still, Dark, Mid, Spark),
        "OFFICE-KEYBOARD-LOW-60" => keyboards::sixty(still, Light, White, Mid),
        "OFFICE-MOUSE-VERTICAL" => mouse(still),
        "OFFICE-CHAIR-MESH" => chair(still),
        "OFFICE-DESK-OAK-140" => desk(still),
        "OFFICE-LAMP-ARCHITECT" => {
            still.table();
            lighting::desk_lamp(still, Spark, White);
        }
        "OFFICE-MONITOR-ARM" => monitor_arm(still),
        "OFFICE-WEBCAM-4K" => webcam(still),
        "OFFICE-HEADSET-OPEN" => headset(still),
        "OFFICE-FOOTREST-BEECH" => footrest(still),
        _ => return false,
    }
    true
}

fn mouse(still: &mut Still) {
    still.table();
    still.ground(96, 300);
    let body = "M96 306q-4-58 30-82q20-84 96-92q76 12 82 132q4 44-4 58H112q-14 0-16-16z";
    still.fill(Dark, body);
    still.shade("M222 132q76 12 82 132q4 44-4 58h-58q40-96-20-190z");
    still.fill(Mid, "M140 214q22-66 82-72q34 6 50 44l-116 50z");
    still.fill(Mid, "M150 252l128-54q8 26 10 58l-132 32q-8-14-6-36z");
    still.glint("M140 214q22-66 82-72q-40 20-60 86l-6 8z");
    still.line(Ink, 5, "M148 244l126-54");
    still.group("rotate(-23 224 216)", |still| {
        still.rect(Ink, 200, 204, 50, 26, 13);
        still.rect(Spark, 206, 208, 36, 18, 9);
    });
    still.glint_line(6, "M112 268q2-20 14-30");
    still.fill(Ink, "M96 310h206l-2 12H112q-12 0-16-12z");
}

fn chair(still: &mut Still) {
    still.table();
    still.ground_at(108, 292, 340);
    still.line(
        Dark,
        9,
        "M200 250v66M200 314l-72 22M200 314l72 22M200 314l-34 34M200 314l34 34",
    );
    for (x, y) in [(128, 342), (272, 342), (166, 352), (234, 352)] {
        still.dot(Ink, x, y, 8);
    }
    still.rect(Dark, 152, 40, 112, 150, 26);
    still.rect(Mid, 162, 50, 92, 130, 18);
    for y in [66, 82, 98, 114, 130, 146, 162] {
        still.line(Light, 2, &format!("M168 {y}h80"));
    }
    for x in [178, 193, 208, 223, 238] {
        still.line(Light, 2, &format!("M{x} 56v118"));
    }
    still.shade("M226 40h12q26 0 26 26v98q0 26-26 26h-12q24-74 0-150z");
    still.line(Dark, 12, "M214 190l-6 44");
    still.line(
        Dark,
        10,
        "M130 236v-40q0-10 10-10h24M272 236v-40q0-10-10-10",
    );
    still.rect(Spark, 114, 176, 56, 13, 6);
    still.rect(Spark, 246, 176, 50, 13, 6);
    still.rect(Mid, 118, 226, 168, 32, 16);
    still.shade("M118 242h168q0 16-16 16H134q-16 0-16-16z");
}

fn desk(still: &mut Still) {
    still.table();
    still.ground_at(50, 350, 338);
    for x in [86, 296] {
        still.rect(Dark, x, 172, 20, 160, 0);
        still.shade(&format!("M{} 172h10v160h-10z", x + 10));
        still.rect(Ink, x + 4, 172, 12, 60, 0);
        still.rect(Dark, x - 22, 328, 64, 12, 4);
    }
    still.fill(Spark, "M36 152l26-18h276l26 18z");
    still.glint("M36 152l26-18h276l26 18z");
    still.rect(Spark, 36, 152, 328, 20, 3);
    still.shade("M36 162h328v7q0 3-3 3H39q-3 0-3-3z");
    still.rect(Dark, 142, 52, 132, 80, 6);
    still.rect(Light, 149, 59, 118, 66, 2);
    still.glint("M149 59h60l-40 66h-20z");
    still.rect(Dark, 200, 130, 16, 12, 0);
    still.rect(Dark, 176, 138, 64, 6, 3);
    still.fill(Mid, "M304 142l-4-32h36l-4 32z");
    still.line(Mid, 5, "M318 108q-4-30-20-36M318 108q0-36 16-44");
    still.rect(White, 78, 128, 44, 8, 2);
    still.rect(Mid, 82, 120, 38, 8, 2);
}

fn monitor_arm(still: &mut Still) {
    still.table();
    still.ground(232, 330);
    still.rect(Light, 262, 120, 20, 196, 0);
    still.shade("M274 120h8v196h-8z");
    still.rect(Dark, 232, 308, 80, 14, 4);
    still.line(Light, 22, "M272 210l-70-74");
    still.shade_line(6, "M272 216l-68-72");
    still.line(Light, 18, "M202 136l-46 24");
    still.shade_line(5, "M204 143l-46 24");
    still.dot(Dark, 272, 210, 18);
    still.dot(Dark, 202, 136, 18);
    still.dot(Spark, 202, 136, 6);
    still.dot(Spark, 272, 210, 6);
    still.fill(Dark, "M52 92l100-18v168L52 224z");
    still.fill(Mid, "M60 100l84-15v146l-84-15z");
    still.glint("M60 100l52-9-36 128-16-3z");
    still.rect(Ink, 148, 140, 12, 40, 3);
}

fn webcam(still: &mut Still) {
    still.table();
    still.ground(124, 290);
    still.fill(Dark, "M176 236h48l26 74q2 12-12 12h-76q-14 0-12-12z");
    still.shade("M206 236h18l26 74q2 12-12 12h-24z");
    still.rect(Ink, 90, 104, 220, 140, 66);
    still.shade("M244 104q66 0 66 66v8q0 66-66 66q44-70 0-140z");
    still.glint_line(6, "M112 150q8-28 40-30");
    still.dot(Dark, 190, 174, 58);
    still.dot(Mid, 190, 174, 44);
    still.dot(Ink, 190, 174, 30);
    still.dot(Mid, 190, 174, 14);
    still.dot(White, 178, 160, 8);
    still.fill(Spark, "M248 130a66 66 0 0 1 0 88h22q20-44 0-88z");
    still.dot(Light, 116, 202, 5);
}

fn headset(still: &mut Still) {
    audio::headphones(still, Mid, Dark);
    still.line(Dark, 8, "M104 300q6 50 66 44");
    still.rect(Ink, 164, 334, 34, 18, 9);
    still.dot(Spark, 111, 261, 12);
    still.dot(Spark, 289, 261, 12);
}

fn footrest(still: &mut Still) {
    still.table();
    still.ground(96, 320);
    let rocker = "M60 226q122-40 244 0l-8 20q-10 76-114 76t-114-76z";
    still.group("translate(48 -26)", |still| {
        still.fill(Mid, rocker);
        still.shade(rocker);
    });
    for (x, y) in [
        (68, 224),
        (104, 213),
        (140, 207),
        (176, 205),
        (212, 207),
        (248, 213),
        (282, 222),
    ] {
        still.fill(Spark, &format!("M{x} {y}l48-26h26l-48 26z"));
        still.glint(&format!("M{x} {y}l48-26h7l-48 26z"));
        still.shade(&format!("M{} {y}l48-26v7l-48 26z", x + 26));
    }
    still.fill(Spark, rocker);
    still.shade("M304 226l-8 20q-10 76-114 76q-30 0-54-8q110-4 140-98z");
    still.glint_line(4, "M70 230q112-36 224-4");
    still.shade_line(2, "M82 262q100 30 200 0M100 288q82 22 164 0");
    still.dot(Dark, 100, 244, 6);
    still.dot(Dark, 264, 244, 6);
}
