# frozen_string_literal: true

RSpec.describe MailRoom::Delivery::Postback do
  def options(**attributes)
    described_class::Options.new(Struct.new(*attributes.keys).new(*attributes.values))
  end

  # What crosses into the native part.
  def settings(options)
    JSON.parse(options.settings_json)
  end

  it "keeps the positions of gitlab-mail_room's options" do
    expect(described_class::Options.members).to eq(%i[url token username password logger content_type jwt])
  end

  { "at the top" => { delivery_url: "http://a", delivery_token: "t", delivery_username: "u", delivery_password: "p",
                      content_type: "text/plain", delivery_options: {} },
    "with the prefix" => { delivery_options: { delivery_url: "http://a", delivery_token: "t", delivery_username: "u",
                                               delivery_password: "p", content_type: "text/plain" } },
    "without the prefix" => { delivery_options: { url: "http://a", token: "t", username: "u", password: "p",
                                                  content_type: "text/plain" } },
    "under string keys" => { delivery_options: { "url" => "http://a", "token" => "t", "username" => "u",
                                                 "password" => "p", "content_type" => "text/plain" } } }
    .each do |place, attributes|
    it "reads its options #{place}" do
      expect(options(**attributes).to_h.except(:logger, :jwt))
        .to eq(url: "http://a", token: "t", username: "u", password: "p", content_type: "text/plain")
    end
  end

  it "never takes the password of the inbox" do
    expect(options(password: "hunter2", email: "a", delivery_options: { username: "u" }).password).to be_nil
  end

  it "knows how the request is authenticated" do
    none = options(delivery_options: {})
    all = options(delivery_options: { token: "t", username: "u", password: "p", jwt_auth_header: "X-Token",
                                      jwt_secret_path: "/secret", jwt_issuer: "i", jwt_algorithm: "HS256" })

    expect([none, all].map { |options| [options.token_auth?, options.basic_auth?, options.jwt_auth?] })
      .to eq([[false] * 3, [true] * 3])
  end

  it "passes everything on, also what it has no member for" do
    jwt = { "jwt_auth_header" => "X-Token", "jwt_secret_path" => "/secret", "jwt_issuer" => "i",
            "jwt_algorithm" => "HS256" }
    read = options(delivery_timeout: 7, delivery_options: { delivery_url: "http://a", future: 1, **jwt })
    read.content_type = "message/rfc822"

    expect(settings(read)).to eq(
      "delivery_method" => "postback", "delivery_timeout" => 7,
      "delivery_options" => { "future" => 1, "url" => "http://a", "content_type" => "message/rfc822", **jwt }
    )
  end

  it "tells no secret" do
    read = options(delivery_url: "http://u:hunter2@a", delivery_options: { token: "hunter2", password: "hunter2",
                                                                           jwt_secret_path: "/secret" })

    expect([read.inspect, read.to_s]).to all(not_include("hunter2"))
  end
end
