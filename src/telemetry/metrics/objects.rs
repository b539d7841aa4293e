//! Metrics of the objects there are, counted when they are asked for: nothing is kept, so series go when objects do.

use super::labels::{ConditionLabels, KindLabels, ReadyLabels};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// How an object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its conditions, by type and status.
    pub conditions: Vec<(&'static str, &'static str)>,
}

/// Tells how all objects of one kind stand.
pub type Standings = Box<dyn Fn() -> Vec<Standing> + Send + Sync>;

/// Those who can be asked.
#[derive(Clone, Default)]
pub(super) struct Objects {
    told: Arc<RwLock<Vec<(&'static str, Standings)>>>,
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl Objects {
    /// Asks these too from now on.
    pub(super) fn tell(&self, kind: &'static str, standings: Standings) {
        self.told
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push((kind, standings));
    }

    /// All objects by their kind.
    fn all(&self) -> BTreeMap<&'static str, Vec<Standing>> {
        let mut all = BTreeMap::new();
        for (kind, standings) in self.told.read().unwrap_or_else(PoisonError::into_inner).iter() {
            all.entry(*kind).or_insert_with(Vec::new).extend(standings());
        }
        all
    }
}

/// The page's share of objects. Of a kind with more objects than `most` the single conditions are left out, which are
/// one or more series each.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) objects: Objects,
    pub(super) most: usize,
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let all = self.objects.all();
        let mut resources = encoder.encode_descriptor(
            "agentcore_operator_resources",
            "Objects by kind and whether they are Ready",
            None,
            MetricType::Gauge,
        )?;
        for (kind, objects) in &all {
            let ready = objects.iter().filter(|object| object.is_ready()).count();
            for (label, count) in [("true", ready), ("false", objects.len() - ready)] {
                let labels = ReadyLabels { kind, ready: label };
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                ConstGauge::new(count).encode(resources.encode_family(&labels)?)?;
            }
        }
        let mut untold = encoder.encode_descriptor(
            "agentcore_operator_resource_conditions_untold",
            "1 for a kind of which there are too many objects to show the conditions of each (--metrics-objects)",
            None,
            MetricType::Gauge,
        )?;
        for (kind, objects) in &all {
            let labels = KindLabels { kind };
            let is = i64::from(objects.len() > self.most);
            ConstGauge::new(is).encode(untold.encode_family(&labels)?)?;
        }
        let mut conditions = encoder.encode_descriptor(
            "agentcore_operator_resource_condition",
            "1 for each condition that an object has, with its status",
            None,
            MetricType::Gauge,
        )?;
        for (kind, objects) in all.into_iter().filter(|(_, objects)| objects.len() <= self.most) {
            for object in objects {
                for (condition, status) in object.conditions {
                    let labels = ConditionLabels {
                        kind,
                        namespace: object.namespace.clone(),
                        name: object.name.clone(),
                        condition,
                        status,
                    };
                    ConstGauge::new(1_i64).encode(conditions.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }
}

impl Standing {
    fn is_ready(&self) -> bool {
        self.conditions.contains(&("Ready", "True"))
    }
}
