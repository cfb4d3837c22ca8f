# frozen_string_literal: true

RSpec.describe MailRoom::Delivery::Sidekiq do
  # All that options read of a mailbox.
  def options(delivery_options)
    described_class::Options.new(Struct.new(:delivery_options, :logger).new(delivery_options, nil))
  end

  let(:given) do
    { redis_url: "redis://:hunter2@localhost:1/2", namespace: "resque:gitlab", sentinels: [{ host: "a", port: 2 }],
      queue: "mails", worker: "EmailReceiverWorker", redis_db: 2, sentinel_username: "u", sentinel_password: "s3ntinel",
      redis_ssl_params: { "ca_file" => "/ca.pem" } }
  end

  it "keeps the positions of gitlab-mail_room's options" do
    expect(described_class::Options.members).to eq(
      %i[redis_url namespace sentinels queue worker logger redis_db sentinel_username sentinel_password
         redis_ssl_params]
    )
  end

  it "reads its options under symbol and string keys, or without a mailbox" do
    read = [options(given), options(given.transform_keys(&:to_s)), described_class::Options.new(**given)]

    expect(read.map { |options| options.to_h.except(:logger) }).to all(eq(given))
  end

  it "has defaults for Redis and the queue" do
    expect(options({ worker: "W" }).to_h.compact)
      .to eq(redis_url: "redis://localhost:6379", queue: "default", worker: "W")
  end

  it "tells no password" do
    expect(described_class.new(options(given)).inspect).to include("redis://[REDACTED]@localhost:1/2")
      .and(not_include("hunter2")).and(not_include("s3ntinel"))
  end

  it "refuses to deliver without a worker, naming the key" do
    expect { described_class.new(options({})).deliver("Subject: hi") }
      .to raise_error(MailRoom::ConfigurationError, /delivery_options\.worker is required/)
  end

  it "says why a message was not accepted, without the password" do
    delivery = described_class.new(options({ worker: "W", redis_url: "redis://:hunter2@localhost:1" }))

    expect { delivery.deliver("Subject: hi") }
      .to raise_error(MailRoom::Error, %r{\ARedis is not available: redis://localhost:1: (?!.*hunter2)})
  end
end
