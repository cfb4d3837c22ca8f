# frozen_string_literal: true

RSpec.describe MailRoom::Delivery do
  it "finds a delivery by its name" do
    expect(%w[sidekiq logger noop].map { |name| described_class[name] })
      .to eq([described_class::Sidekiq, described_class::Logger, described_class::Noop])
    expect(described_class[:noop]).to eq(described_class::Noop)
  end

  it "refuses a name it does not know" do
    expect { described_class["pigeon"] }.to raise_error(MailRoom::ConfigurationError, /delivery_method "pigeon"/)
  end

  it "knows the native deliveries, and only those" do
    expect([described_class::Sidekiq, described_class::Logger, described_class::Noop]
      .map { |klass| described_class.native_name(klass) }).to eq(%w[sidekiq logger noop])
    expect([Class.new(described_class::Noop), Object].map { |klass| described_class.native_name(klass) }).to all(be_nil)
  end
end
