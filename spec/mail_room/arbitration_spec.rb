# frozen_string_literal: true

RSpec.describe MailRoom::Arbitration do
  it "finds an arbitration by its name" do
    expect(["noop", :noop].map { |name| described_class[name] }).to all(eq(described_class::Noop))
  end

  it "refuses a name it does not know" do
    expect { described_class["coin"] }.to raise_error(MailRoom::ConfigurationError, /arbitration_method "coin"/)
  end
end
