//! What one carries over a mountain.

use super::{
    palette::Tone::{Dark, Ink, Light, Mid, Spark, White},
    still::{GROUND, Still, ellipse, rounded},
};

pub(super) fn draw(still: &mut Still, sku: &str) -> bool {
    match sku {
        "OUTDOOR-TENT-2P" => tent(still),
        "OUTDOOR-SLEEPINGBAG-M5" => sleeping_bag(still),
        "OUTDOOR-BACKPACK-45" => backpack(still),
        "OUTDOOR-BOTTLE-STEEL-1L" => bottle(still),
        "OUTDOOR-HEADLAMP-400" => headlamp(still),
        "OUTDOOR-STOVE-GAS" => stove(still),
        "OUTDOOR-POLES-CARBON" => poles(still),
        "OUTDOOR-FILTER-WATER" => filter(still),
        "OUTDOOR-HAMMOCK" => hammock(still),
        "OUTDOOR-MAT-INSULATED" => mat(still),
        "OUTDOOR-KNIFE-FOLDING" => folding_knife(still),
        _ => return false,
    }
    true
}

fn tent(still: &mut Still) {
    still.table();
    still.ground(40, 350);
    still.line(Ink, 3, "M60 300L22 334M340 296l42 30");
    still.fill(Mid, "M60 322q40-170 130-204q110 30 158 204z");
    still.shade("M190 118q110 30 158 204h-90q-4-130-68-204z");
    still.fill(Light, "M60 322q40-170 130-204q-30 100-34 204z");
    still.fill(Ink, "M156 322q4-104 34-180q46 70 58 180z");
    still.fill(Spark, "M190 142q-30 76-34 180h20q-4-96 14-180z");
    still.fill(Spark, "M190 142q46 70 58 180h-16q-6-110-42-180z");
    still.line(Dark, 5, "M60 322q40-170 130-204q110 30 158 204");
    still.line(White, 3, "M190 118l-6-24M190 118l10-22");
    still.fill(White, "M184 94l26-8-8 20z");
}

fn sleeping_bag(still: &mut Still) {
    still.above();
    still.turned(30, |still| {
        still.piece(
            Dark,
            "M200 10c60 0 96 40 96 100l-22 230q-4 44-74 44t-74-44L104 110c0-60 36-100 96-100z",
        );
        still.shade("M230 14c42 10 66 46 66 96l-22 230q-4 40-60 44q40-190 16-370z");
        for y in [150, 192, 234, 276, 318] {
            let inset = (y - 110) / 11;
            still.line(
                Mid,
                5,
                &format!("M{} {y}q86 24 {} 0", 110 + inset, 180 - 2 * inset),
            );
        }
        still.fill(
            Spark,
            "M200 34c40 0 66 26 66 66s-34 54-66 54s-66-14-66-54s26-66 66-66z",
        );
        still.fill(
            Light,
            "M200 58c26 0 44 18 44 44s-20 34-44 34s-44-8-44-34s18-44 44-44z",
        );
        still.line(White, 4, "M232 140l-24 200");
        still.glint_line(5, "M122 120q0-50 40-78");
    });
}

fn backpack(still: &mut Still) {
    still.table();
    still.ground(106, 302);
    still.line(Dark, 8, "M182 62c0-26 36-26 36 0");
    still.line(Dark, 18, "M124 140q-30 80-6 150M276 140q30 80 6 150");
    still.rect(Spark, 114, 88, 172, GROUND - 88, 44);
    still.shade("M236 88h6q44 0 44 44v146q0 44-44 44h-20q36-110 14-234z");
    still.fill(Mid, "M120 124q0-66 80-66t80 66q2 34-20 34H140q-22 0-20-34z");
    still.glint_line(5, "M136 112q6-34 46-40");
    still.rect(Dark, 150, 132, 12, 62, 3);
    still.rect(Dark, 238, 132, 12, 62, 3);
    still.rect(White, 146, 176, 20, 14, 3);
    still.rect(White, 234, 176, 20, 14, 3);
    still.rect(Mid, 138, 216, 124, 84, 18);
    still.shade("M226 216h18q18 0 18 18v48q0 18-18 18h-26q16-40 8-84z");
    still.line(Dark, 4, "M150 234h100");
    still.rect(Light, 96, 74, 208, 28, 14);
    still.shade(&rounded(96, 90, 208, 12, 6));
    for x in [138, 250] {
        still.rect(Dark, x, 72, 9, 34, 2);
    }
}

fn bottle(still: &mut Still) {
    still.table();
    still.ground(136, 264);
    still.line(Ink, 8, "M176 62c0-34 48-34 48 0");
    still.turned_body(Light, 200, (154, 64), (GROUND - 13, 64));
    still.fill(Light, "M136 160q0-44 36-56h56q36 12 36 56z");
    still.shade("M226 104h2q36 12 36 56l-36 10q10-40-2-66z");
    still.turned_body(Light, 200, (92, 30), (106, 30));
    still.turned_body(Ink, 200, (60, 34), (90, 34));
    still.mouth(Ink, Ink, 200, 60, 34);
    still.rect(Mid, 136, 222, 128, 6, 0);
    still.fill(Dark, "M200 184l26 30h-52z");
    still.fill(White, "M200 184l8 9-8 6-8-6z");
}

fn headlamp(still: &mut Still) {
    still.table();
    still.ground(112, 290);
    still.line(Mid, 34, "M116 236C80 60 320 60 284 236");
    still.shade_line(12, "M112 234C76 56 324 56 288 234");
    still.line(Spark, 5, "M116 220C92 76 308 76 284 220");
    still.line(Mid, 30, "M120 226C150 290 250 290 280 226");
    still.rect(Ink, 130, 204, 140, 100, 30);
    still.shade("M240 204q30 0 30 30v40q0 30-30 30h-20q40-50 0-100z");
    still.dot(Light, 188, 254, 40);
    still.dot(White, 188, 254, 31);
    still.glint(&ellipse(180, 246, 18, 18));
    still.dot(Light, 188, 254, 12);
    still.dot(Spark, 248, 238, 9);
    still.rect(Mid, 178, 190, 40, 16, 5);
}

fn stove(still: &mut Still) {
    still.table();
    still.ground(134, 272);
    still.turned_body(Mid, 200, (262, 64), (GROUND - 12, 66));
    still.fill(Mid, "M136 262q4-34 50-40h28q46 6 50 40z");
    still.glint("M150 256q6-22 36-28q-14 10-18 34z");
    still.shade("M214 222q46 6 50 40l-34 12q0-30-16-52z");
    still.rect(White, 136, 282, 128, 22, 0);
    still.rect(Light, 188, 176, 24, 50, 3);
    still.line(Light, 7, "M212 200h48q14 0 14 14");
    still.line(Spark, 6, "M268 214h20");
    still.fill(Spark, "M200 66q34 52 18 84h-36q-16-32 18-84z");
    still.fill(White, "M200 104q16 28 8 46h-16q-8-18 8-46z");
    still.fill(
        Spark,
        "M164 100q14 26 8 50h-16q-6-24 8-50zM236 100q14 26 8 50h-16q-14-24 8-50z",
    );
    still.rect(Ink, 150, 150, 100, 12, 6);
    still.fill(Ink, "M170 160h60l-10 20h-40z");
    for d in ["M160 156l-44-30v-10", "M240 156l44-30v-10", "M200 156v-8"] {
        still.line(Light, 8, d);
    }
}

fn poles(still: &mut Still) {
    still.table();
    for (x, lean) in [(136, 40), (210, 58)] {
        still.ground_at(x + lean - 12, x + lean + 34, 356);
        still.line(Ink, 9, &format!("M{x} 100L{} 352", x + lean));
        still.line(
            Light,
            13,
            &format!("M{} 176L{} 226", x + lean * 30 / 100, x + lean / 2),
        );
        still.oval(Dark, x + lean * 94 / 100, 336, 24, 7);
        still.line(Spark, 24, &format!("M{} 48L{} 120", x - 8, x + 4));
        still.line(Dark, 16, &format!("M{} 128L{} 164", x + 5, x + 11));
        still.glint_line(4, &format!("M{} 50L{} 116", x - 13, x - 2));
        still.line(Ink, 26, &format!("M{} 42l1 2", x - 9));
        still.line(Mid, 7, &format!("M{} 60q50 20 44 76t-30 20", x - 4));
    }
}

fn filter(still: &mut Still) {
    still.table();
    still.ground(118, 292);
    still.fill(Light, "M132 138q68-20 136 0q20 90 8 184H124q-12-94 8-184z");
    still.glass("M132 138q68-20 136 0q20 90 8 184H124q-12-94 8-184z");
    still.fill(Mid, "M122 226q78 18 156 0q4 46-2 96H124q-6-50-2-96z");
    still.shade("M240 132l28 6q20 90 8 184h-44q26-90 8-190z");
    still.fill(White, "M162 240q20 30 0 40q-20-10 0-40z");
    still.glint_line(6, "M144 156q-10 60-8 130");
    still.rect(Dark, 166, 104, 68, 30, 6);
    still.rect(Spark, 172, 58, 56, 52, 8);
    still.shade("M208 58h12q8 0 8 8v36q0 8-8 8h-12z");
    for y in [70, 82, 94] {
        still.shade_line(2, &format!("M176 {y}h48"));
    }
    still.rect(White, 186, 34, 28, 26, 6);
    still.fill(
        Mid,
        "M314 250q22 32 0 42q-22-10 0-42zM336 290q14 22 0 29q-14-7 0-29z",
    );
}

fn hammock(still: &mut Still) {
    still.table();
    for x in [44, 352] {
        still.rect(Dark, x - 14, 0, 32, 330, 0);
        still.shade(&rounded(x + 4, 0, 14, 330, 0));
    }
    still.ground_at(120, 280, 340);
    still.line(Spark, 10, "M30 84h32M336 84h34");
    still.line(Ink, 4, "M58 86L100 150M340 86L300 150");
    still.fill(Dark, "M84 130q40 40 116 44t116-44q-20 60-116 76T84 130z");
    still.fill(Mid, "M76 122q60 90 124 92t124-92q14 150-124 160T76 122z");
    still.shade("M324 122q14 150-124 160q-20 0-40-6q120-20 164-154z");
    still.glint_line(5, "M98 178q30 70 84 84");
    still.line(Light, 4, "M76 122q60 90 124 92t124-92");
    still.fill(Light, "M110 166q20-34 60-8q14 24-14 38q-30-6-46-30z");
}

fn mat(still: &mut Still) {
    still.table();
    still.ground(88, 330);
    still.fill(Spark, "M128 84q0-24 24-24h92q24 0 24 24v220H128z");
    still.shade("M232 60h12q24 0 24 24v220h-50q36-120 14-244z");
    for x in [152, 176, 200, 224, 246] {
        still.shade_line(4, &format!("M{x} 74v220"));
    }
    still.glint_line(6, "M140 92v170");
    still.rect(Spark, 100, 258, 224, 64, 32);
    still.shade(&rounded(100, 292, 224, 30, 15));
    still.dot(Mid, 130, 290, 32);
    still.line(
        Spark,
        6,
        "M130 290m-22 0a22 22 0 1 1 22 22a15 15 0 1 1 8-28",
    );
    still.rect(Dark, 252, 68, 20, 14, 3);
    for x in [212, 284] {
        still.rect(Dark, x, 258, 11, 64, 0);
    }
}

fn folding_knife(still: &mut Still) {
    still.above();
    still.turned(-30, |still| {
        still.piece(White, "M196 184H60q-24 2-30 18q60 20 166 16z");
        still.shade("M30 202q60 20 166 16v-8q-100 2-166-8z");
        still.line(Light, 3, "M66 190h60");
        still.piece(Spark, "M190 178h150q38 2 40 26q-6 30-60 24q-70-8-130 0z");
        still.shade("M190 214h188q-8 20-58 14q-70-8-130 0z");
        still.glint_line(4, "M230 186h110");
        still.shade_line(2, "M240 198q60 10 116 2");
        still.rect(Dark, 188, 174, 36, 56, 6);
        still.glint_line(3, "M194 182h24");
        still.dot(Light, 206, 202, 6);
        still.dot(Dark, 358, 204, 6);
    });
    still.cord(Mid, 4, "M338 124q40-20 44 20t-30 40");
}
