# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::Check::Webhook do
  def webhook(**settings)
    described_class.of(build_mailbox(delivery_method: "postback", **settings))
  end

  it "is where a mailbox posts to, wherever that is written" do
    expect([webhook(delivery_url: "http://a/"), webhook(delivery_options: { "delivery_url" => "http://b/" }),
            webhook(delivery_options: { url: "http://c/" })].map(&:url)).to eq(%w[http://a/ http://b/ http://c/])
    expect(described_class.of(build_mailbox)).to be_nil
  end

  it "knows who posts, and does not take the password of the inbox for its own" do
    options = { url: "http://a/", username: "me" }
    expect([{}, { delivery_password: "secret" }, { delivery_token: "secret" }].map do |more|
      webhook(delivery_options: options, **more).credentials?
    end).to eq([false, true, true])
  end

  it "opens no log" do
    Dir.mktmpdir do |folder|
      webhook(delivery_url: "http://a/", logger: { log_path: File.join(folder, "log") }).url
      expect(Dir.children(folder)).to eq([])
    end
  end
end
