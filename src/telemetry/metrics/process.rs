//! What every program shows of its process, under the names that all client libraries use.

use procfs::WithCurrentSystemInfo as _;
use procfs::process::{LimitValue, Process};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;

/// Read from `/proc`; what cannot be read is not shown.
#[derive(Debug)]
pub(super) struct Page;

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (name, help, metric) in read().unwrap_or_default() {
            let metric = metric.as_ref();
            metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)?;
        }
        Ok(())
    }
}

type Shown = (&'static str, &'static str, Box<dyn EncodeMetric>);

fn read() -> Result<Vec<Shown>, procfs::ProcError> {
    let process = Process::myself()?;
    let stat = process.stat()?;
    let ticks = procfs::ticks_per_second();
    let open = process.fd_count()?;
    let most = match process.limits()?.max_open_files.soft_limit {
        LimitValue::Value(most) => most,
        LimitValue::Unlimited => u64::MAX,
    };
    let started = procfs::boot_time_secs()? + stat.starttime / ticks;
    let gauge = |value: u64| Box::new(ConstGauge::new(value)) as Box<dyn EncodeMetric>;
    // Whole seconds of processor time would hide an idle process; f64 holds milliseconds of centuries.
    #[expect(clippy::cast_precision_loss, reason = "ticks of a hundredth of a second")]
    let busy = (stat.utime + stat.stime) as f64 / ticks as f64;
    Ok(vec![
        (
            "process_cpu_seconds",
            "Processor time spent",
            Box::new(ConstCounter::new(busy)),
        ),
        (
            "process_resident_memory_bytes",
            "Resident memory",
            gauge(stat.rss_bytes().get()),
        ),
        (
            "process_virtual_memory_bytes",
            "Virtual memory",
            gauge(stat.vsize),
        ),
        (
            "process_start_time_seconds",
            "When the process started, in Unix time",
            gauge(started),
        ),
        (
            "process_open_fds",
            "Open file descriptors",
            gauge(u64::try_from(open).unwrap_or(u64::MAX)),
        ),
        (
            "process_max_fds",
            "File descriptors that may be open",
            gauge(most),
        ),
    ])
}
