# frozen_string_literal: true

RSpec.describe MailRoom::Choice do
  subject(:choice) { described_class.new("colour", available: %w[green red]) }

  it "takes an available name, string or symbol" do
    expect([choice.check("green"), choice.check(:red)]).to eq(%w[green red])
  end

  { "gren" => 'colour "gren" is unknown (did you mean "green"?); available: green, red',
    "xyz" => 'colour "xyz" is unknown; available: green, red' }.each do |name, message|
    it "refuses #{name}" do
      expect { choice.check(name) }.to raise_error(MailRoom::ConfigurationError, message)
    end
  end
end
