//! Programs are killed in the middle of the transfer and started again on their files; at the end every reading is at the server once.
//!
//! The moments are random. A failure prints the seed; set MCO_SEED to use it again.

mod programs;

use programs::{LIMIT, Running, STATIONS, assert_complete, assert_settled, weather_device, weather_server};
use std::{
    env, fs,
    path::Path,
    time::{Duration, Instant},
};

/// So many kills must have hit a transfer that was under way.
const KILLS: u32 = 10;

fn random() -> fastrand::Rng {
    let seed = env::var("MCO_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("MCO_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

/// Ends a run: the server reports, everything is checked.
fn check(dir: &Path, server: Running, devices: Vec<Running>) {
    for (device, station) in devices.into_iter().zip(&STATIONS) {
        assert_settled(station, &device.finish());
    }
    server.terminate();
    assert_complete(dir);
}

/// Time a transfer takes here when nobody disturbs it.
fn undisturbed() -> Duration {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let server = weather_server(dir.path());
    server.line_with("listening on ");
    let started = Instant::now();
    let devices: Vec<_> = STATIONS.iter().map(|station| weather_device(dir.path(), station)).collect();
    for device in &devices {
        assert!(device.ends_within(LIMIT), "the undisturbed run does not end");
    }
    let time = started.elapsed();
    check(dir.path(), server, devices);
    time
}

fn moment(random: &mut fastrand::Rng, whole: Duration) -> Duration {
    Duration::from_micros(random.u64(..u64::try_from(whole.as_micros()).unwrap_or(u64::MAX).max(1)))
}

#[test]
fn a_killed_server_loses_and_doubles_nothing() {
    let mut random = random();
    let whole = undisturbed();
    let mut kills = 0;
    while kills < KILLS {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut server = weather_server(dir.path());
        let devices: Vec<_> = STATIONS.iter().map(|station| weather_device(dir.path(), station)).collect();
        // At most half of the kills in one run, so that there are runs with few and with many.
        for _ in 0..random.u32(1..=KILLS / 2) {
            let pause = moment(&mut random, whole);
            if devices.iter().all(|device| device.ends_within(pause / 2)) {
                break;
            }
            // Its port may soon be somebody else's; devices must not go there.
            let _ = fs::remove_file(dir.path().join("address"));
            server.kill();
            kills += 1;
            server = weather_server(dir.path());
        }
        check(dir.path(), server, devices);
    }
}

#[test]
fn a_killed_device_loses_and_doubles_nothing() {
    let mut random = random();
    let whole = undisturbed();
    let mut kills = 0;
    while kills < KILLS {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let server = weather_server(dir.path());
        let mut devices: Vec<_> = STATIONS.iter().map(|station| weather_device(dir.path(), station)).collect();
        for _ in 0..random.u32(1..=KILLS / 2) {
            let victim = random.usize(..devices.len());
            if devices[victim].ends_within(moment(&mut random, whole)) {
                break;
            }
            devices.remove(victim).kill();
            devices.insert(victim, weather_device(dir.path(), &STATIONS[victim]));
            kills += 1;
        }
        check(dir.path(), server, devices);
    }
}
