# frozen_string_literal: true

RSpec.describe MailRoom::Email::Address do
  def addresses(text)
    MailRoom::Email.parse("To: #{text}\r\n\r\n").to_addresses
  end

  it "has a name and an address" do
    expect(addresses("=?UTF-8?Q?J=C3=BCrgen?= <juergen@example.com>").map(&:to_h))
      .to eq([{ name: "Jürgen", address: "juergen@example.com" }])
    expect(addresses('Team: ann@example.com, "B, Bob" <bob@example.com>;, (Cee) cee@example.com').map(&:name))
      .to eq([nil, "B, Bob", "Cee"])
  end

  it "is written as the address" do
    expect("to #{addresses('"Desk, The" <desk@example.com>').first}").to eq("to desk@example.com")
  end

  it "is a value" do
    expect(addresses("Ann <ann@example.com>")).to eq([described_class.new("Ann", "ann@example.com")])
  end
end
