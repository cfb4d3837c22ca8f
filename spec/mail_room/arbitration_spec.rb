# frozen_string_literal: true

RSpec.describe MailRoom::Arbitration do
  it "finds each arbitration by its name" do
    expect(["noop", :redis].map { |name| described_class[name] }).to eq([described_class::Noop, described_class::Redis])
  end

  it "names what there is" do
    expect { described_class["coin"] }.to raise_error(
      MailRoom::ConfigurationError, 'arbitration_method "coin" is unknown; available: noop, redis'
    )
  end
end
