# frozen_string_literal: true

RSpec.describe MailRoom::Arbitration::Redis do
  def options(arbitration_options)
    described_class::Options.new(Struct.new(:arbitration_options).new(arbitration_options))
  end

  let(:given) do
    { redis_url: "redis://:hunter2@localhost:1/2", namespace: "mail_room:gitlab", sentinels: [{ "host" => "a" }],
      sentinel_username: "u", sentinel_password: "s3ntinel", redis_ssl_params: { "verify_mode" => "none" } }
  end

  it "keeps the positions of gitlab-mail_room's options" do
    expect(described_class::Options.members)
      .to eq(%i[redis_url namespace sentinels sentinel_username sentinel_password redis_ssl_params])
  end

  it "reads its options under symbol and string keys, or without a mailbox" do
    expect([options(given), options(given.transform_keys(&:to_s)), described_class::Options.new(**given)].map(&:to_h))
      .to all(eq(given))
  end

  it "has a default for Redis, also when only sentinels are given" do
    expect([options({}), options({ redis_url: nil, sentinels: [] })].map(&:redis_url))
      .to all(eq("redis://localhost:6379"))
  end

  it "tells no password" do
    expect(options(given).inspect).not_to match(/hunter2|s3ntinel/)
  end

  it "raises when Redis cannot be asked: nobody knows then whose the message is" do
    arbiter = described_class.new(options({ redis_url: "redis://:hunter2@localhost:1" }))

    expect { arbiter.deliver?(7) }.to raise_error(MailRoom::Error, /\ARedis is not available: (?!.*hunter2)/)
  end
end
