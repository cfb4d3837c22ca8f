# frozen_string_literal: true

RSpec.describe MailRoom::Delivery do
  { "sidekiq" => "Sidekiq", "postback" => "Postback", "que" => "Que", "logger" => "Logger", "noop" => "Noop",
    "letter_opener" => "LetterOpener" }.each do |name, klass|
    it "finds #{klass} by its name, String or Symbol" do
      expect([described_class[name], described_class[name.to_sym]]).to all(equal(described_class.const_get(klass)))
    end
  end

  it "refuses a name it does not know" do
    expect { described_class["pigeon"] }.to raise_error(MailRoom::ConfigurationError, /delivery_method "pigeon"/)
  end

  it "knows the native deliveries, and only those" do
    natives = %w[logger noop postback que sidekiq]
    others = [Class.new(described_class::Noop), Object, described_class::LetterOpener]

    expect(natives.map { |name| described_class.native_name(described_class[name]) }).to eq(natives)
    expect(others.map { |klass| described_class.native_name(klass) }).to all(be_nil)
  end
end
