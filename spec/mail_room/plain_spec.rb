# frozen_string_literal: true

RSpec.describe MailRoom::Plain do
  it "has strings for symbols, at any depth, and no nil" do
    expect(described_class.mapping({ a: :b, "c" => [{ d: nil, e: 1 }], f: nil }))
      .to eq("a" => "b", "c" => [{ "e" => 1 }])
  end

  it "names the key of what JSON cannot hold" do
    expect { described_class.mapping({ a: [{ b: Object.new }] }) }
      .to raise_error(MailRoom::ConfigurationError, "a.0.b cannot be of class Object")
  end
end
