# frozen_string_literal: true

RSpec.describe MailRoom::Standalone do
  # Options as gitlab-mail_room has them, of somebody else's class.
  let(:given) { Struct.new(:redis_url, :namespace, :sentinels).new("redis://:hunter2@localhost:1", "n", nil) }

  it "takes options of any class with the same members" do
    options = [MailRoom::Delivery::Sidekiq, MailRoom::Arbitration::Redis].map { |klass| klass.new(given).options }

    expect(options.map { |made| [made.redis_url, made.namespace] }).to all(eq(["redis://:hunter2@localhost:1", "n"]))
    expect { MailRoom::Arbitration::Redis.new(given).deliver?(1) }
      .to raise_error(MailRoom::Error, %r{\ARedis is not available: redis://localhost:1: (?!.*hunter2)})
  end

  it "takes a Hash, with symbol or string keys" do
    delivery = MailRoom::Delivery::Postback.new({ "url" => "http://localhost", token: "t" })

    expect(delivery.options.to_h).to include(url: "http://localhost", token: "t")
  end

  it "takes the options of its own class as they are, also in a subclass with another" do
    klass = Class.new(MailRoom::Delivery::Sidekiq) { const_set(:Options, Struct.new(:redis_url)) }
    options = MailRoom::Delivery::Sidekiq::Options.new(worker: "W")

    expect(klass.new(options).options).to equal(options)
    expect(klass.new(klass::Options.new("redis://a")).options).to be_a(MailRoom::Delivery::Sidekiq::Options)
  end

  it "refuses what has no options, without showing it" do
    ["hunter2", %w[hunter2], Object.new].each do |value|
      expect { MailRoom::Delivery::Que.new(value) }.to raise_error(
        MailRoom::ConfigurationError, "the options of MailRoom::Delivery::Que cannot be of class #{value.class}"
      )
    end
  end
end
