# frozen_string_literal: true

require "pp" # rubocop:disable Lint/RedundantRequireStatement -- only `pp` itself loads it

RSpec.describe MailRoom::IncomingEmail::Route do
  subject(:route) do
    described_class.new(mailbox: "incoming_email", auto_generated: false, header: "To", mail_key: key,
                        value: "incoming+#{key}@example.com", handler: "create_issue", project_id: 42, token: token,
                        differs_from_gitlab: false)
  end

  let(:token) { "Zx8kQm3vTpLw9RbN" }
  let(:key) { "acme-website-42-#{token}-issue" }

  it "names mailbox and handler by symbols, for pattern matching" do
    matched = case route
              in { mailbox: :incoming_email, handler: :create_issue, project_id: Integer => id } then id
              end

    expect(matched).to eq(42)
  end

  it "is a value" do
    expect([route, route.frozen?]).to eq([route.dup, true])
  end

  it "has questions" do
    expect([route.auto_generated?, route.differs_from_gitlab?]).to eq([false, false])
  end

  it "tells no token when it is printed" do
    expect([route.inspect, route.to_s, PP.pp(route, +"").delete("\n")])
      .to all(include("acme-website-42-Zx8k…-issue", "token=\"Zx8k…\"").and(not_include(token)))
  end

  it "tells no key of a reply when it is printed" do
    reply = "4b1c9e7702d35fa8c6e01a94d7f3b285"
    route = described_class.new(mailbox: "incoming_email", mail_key: reply, value: "incoming+#{reply}@example.com")
    expect(route.inspect).to include("mail_key=\"4b1c…\"", "value=\"incoming+4b1c…@example.com\"")
    expect(route.inspect).not_to include(reply)
    expect(route.mail_key).to eq(reply)
  end
end
