//! The chart: what it renders and refuses, and what the cluster lets Berth do once it is installed.

mod cluster;
mod helm;
mod installed;
mod release;
mod rendered;
