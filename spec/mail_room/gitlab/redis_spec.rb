# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::Redis do
  def redis(written)
    described_class.new(written, "resque.yml: production")
  end

  it "is where GitLab looks when nothing is written" do
    [nil, "", {}, { url: " " }].each do |written|
      expect(redis(written)).to have_attributes(options: { redis_url: "redis://localhost:6381" }, db: 0)
    end
  end

  it "is a URL, or a mapping with one" do
    expect([redis("redis://a:1/2").options, redis({ "url" => "redis://a:1/2" }).options])
      .to all(eq(redis_url: "redis://a:1/2"))
  end

  # GitLab's Redis::Store lets db overrule a URL, but not that of a socket.
  { "redis://host/5" => 5, "rediss://:p%2Fw@host:1/5" => 5, "redis://host" => 0, "redis://host/" => 0,
    "unix:/run/redis/5.sock" => 0, "unix:/run/redis.sock?db=5" => 5, "unix:///run/redis.sock?a=1&db=5" => 5,
    { url: "redis://host/5", db: 7 } => 7, { url: "unix:/run/redis.sock?db=5", db: 7 } => 5,
    { url: "unix:/run/redis.sock", db: "7" } => 7 }.each do |written, db|
    it "has database #{db} with #{written}" do
      expect(redis(written).db).to eq(db)
    end
  end

  it "has sentinels, and their user and password only with them" do
    sentinels = [{ "host" => "s1", "port" => 26_379, "ssl" => true, "ssl_params" => { verify_mode: "none" }, "x" => 1 },
                 { host: "s2" }]
    others = { url: "redis://master", sentinel_username: "ann", sentinel_password: 4711 }

    expect(redis({ **others, sentinels: sentinels }).options).to eq(
      redis_url: "redis://master", sentinel_username: "ann", sentinel_password: "4711",
      sentinels: [{ host: "s1", port: 26_379, ssl: true, ssl_params: { "verify_mode" => "none" } }, { host: "s2" }]
    )
    expect(redis({ **others, sentinels: [] }).options).to eq(redis_url: "redis://master")
  end

  it "has options of TLS with keys as JSON has them" do
    expect(redis({ url: "rediss://r", ssl_params: { ca_file: "/ca.pem" } }).options)
      .to eq(redis_url: "rediss://r", redis_ssl_params: { "ca_file" => "/ca.pem" })
  end

  { 5 => " must be a mapping or a URL, not Integer", { url: 5 } => ".url must be text",
    { db: [1] } => ".db must be the number of a database", { db: -1 } => ".db must be the number of a database",
    { ssl_params: "hunter2" } => ".ssl_params must be a mapping",
    { sentinels: { host: "hunter2" } } => ".sentinels must be a list of mappings",
    { sentinels: "hunter2" } => ".sentinels must be a list of mappings" }.each do |written, problem|
    it "refuses #{written} without telling a secret" do
      expect { redis(written) }
        .to raise_error(MailRoom::ConfigurationError, "resque.yml: production#{problem}")
    end
  end
end
