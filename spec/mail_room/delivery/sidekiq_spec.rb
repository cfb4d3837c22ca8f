# frozen_string_literal: true

RSpec.describe MailRoom::Delivery::Sidekiq do
  # All that options read of a mailbox.
  def options(delivery_options)
    described_class::Options.new(Struct.new(:delivery_options, :logger).new(delivery_options, nil))
  end

  let(:given) do
    { redis_url: "redis://:hunter2@localhost:1/2", namespace: "resque:gitlab", sentinels: [{ host: "a", port: 2 }],
      queue: "mails", worker: "EmailReceiverWorker", redis_db: 2 }
  end

  it "reads its options under symbol and string keys" do
    expect([options(given), options(given.transform_keys(&:to_s))].map { |read| read.to_h.except(:logger) })
      .to all(eq(given))
  end

  it "has defaults for Redis and the queue" do
    expect(options({ worker: "W" }).to_h.except(:logger))
      .to eq(redis_url: "redis://localhost:6379", namespace: nil, sentinels: nil, queue: "default", worker: "W",
             redis_db: nil)
  end

  it "tells no password" do
    expect(described_class.new(options(given)).inspect).to include("redis://[REDACTED]@localhost:1/2")
      .and(not_include("hunter2"))
  end
end
