# Two stages: dependencies without the tools of development, then nothing but what runs.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Of what is optional, libsodium is wanted and a second Node is not.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY migrations migrations
COPY schemas schemas
COPY src src
COPY docs docs
COPY README.md llms.txt ./
# The root file system may be read-only: only /data is written to.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
ENV PROCURA_DATA=/data PROCURA_HOST=0.0.0.0
EXPOSE 8787
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:8787/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "src/runtimes/node/main.ts"]
