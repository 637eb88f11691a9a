# The server's image: the binary, the built-in templates, certificates, and no shell script of ours.

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock rust-toolchain.toml ./
COPY api api
COPY migrations migrations
COPY tests tests
COPY helm helm
COPY templates templates
RUN cargo build --release --workspace --bins --locked

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65532 -g 65532 -m 0700 /var/lib/berth
COPY --from=build /src/target/release/berth-server /usr/local/bin/berth-server
COPY templates /usr/share/berth/templates
COPY LICENSE /usr/share/doc/berth/LICENSE
ENV BERTH_TEMPLATES__PATH=/usr/share/berth/templates
# The same number as in the chart. No name: nothing in the image belongs to anybody else.
USER 65532:65532
WORKDIR /var/lib/berth
EXPOSE 8080 9090
ENTRYPOINT ["/usr/local/bin/berth-server"]
CMD ["serve"]
