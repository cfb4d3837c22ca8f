# frozen_string_literal: true

require "bigdecimal"
require "json"
require "logger"
require "openssl"
require "pathname"

RSpec.describe MailRoom::Mailbox::Settings do
  def settings_of(**attributes)
    JSON.parse(described_class.new(build_mailbox(**attributes)).to_json)
  end

  def refusal_of(**attributes)
    settings_of(**attributes)
    nil
  rescue MailRoom::ConfigurationError => error
    error.message
  end

  let(:delivery_klass) { stub_const("Forwarder", delivery_class) }

  it "has every field that is set and none that is not" do
    expect(settings_of).to eq(
      "email" => "support@example.com", "password" => "hunter2", "host" => "imap.example.com", "port" => 993,
      "ssl" => true, "start_tls" => false, "limit_max_unread" => 0, "idle_timeout" => 1740,
      "search_command" => "UNSEEN", "name" => "inbox", "delete_after_delivery" => false, "expunge_deleted" => false,
      "delivery_method" => "noop", "delivery_options" => {}, "arbitration_method" => "noop",
      "arbitration_options" => {}, "inbox_method" => "imap", "inbox_options" => {}
    )
  end

  it "keeps an idle timeout from an inbox that never idles" do
    settings = settings_of(**graph_attributes(idle_timeout: 86_400))

    expect(settings).not_to include("idle_timeout")
    expect(settings["inbox_options"]).to include("tenant_id" => "12345", "poll_interval" => 60)
  end

  it "leaves empty text out of inbox_options" do
    settings = settings_of(**graph_attributes(inbox_options: { poll_interval: "", graph_endpoint: "" }))

    expect(settings["inbox_options"]).to include("tenant_id" => "12345")
    expect(settings["inbox_options"].keys).not_to include("poll_interval", "graph_endpoint")
  end

  it "has symbols as strings and leaves nil out at any depth" do
    settings = settings_of(delivery_method: :noop, ssl: { verify_mode: :none, ca_file: nil },
                           delivery_options: { sentinels: [{ host: "a", "port" => 1, ssl: nil }] })

    expect(settings).to include("delivery_method" => "noop", "ssl" => { "verify_mode" => "none" },
                                "delivery_options" => { "sentinels" => [{ "host" => "a", "port" => 1 }] })
  end

  it "takes a path as a string" do
    expect(settings_of(log_path: Pathname("log/mails.log"))).to include("log_path" => "log/mails.log")
  end

  it "names the class of a delivery in Ruby and keeps its options out" do
    settings = settings_of(delivery_klass: delivery_klass, delivery_options: { token: "t", callback: -> {} })

    expect(settings).to include("delivery_method" => "ruby", "deliverer" => "Forwarder")
    expect(settings).not_to include("delivery_options", "delivery_klass")
  end

  it "knows a native delivery given as a class" do
    expect(settings_of(delivery_klass: MailRoom::Delivery::Sidekiq, delivery_options: { worker: "W" }))
      .to include("delivery_method" => "sidekiq", "delivery_options" => { "worker" => "W" })
  end

  it "has the log path it is given instead of that of a logger" do
    mailbox = build_mailbox(logger: Logger.new(nil))

    expect(described_class.new(mailbox, log_path: "/dev/fd/9").to_h)
      .to include("logger" => { "log_path" => "/dev/fd/9" })
  end

  it "has the log path as given" do
    expect(settings_of(logger: { "log_path" => "log/mail_room.log" })).to include(
      "logger" => { "log_path" => "log/mail_room.log" }
    )
    expect(settings_of(logger: { log_path: "" })).not_to include("logger")
  end

  it "takes bytes that are UTF-8 for UTF-8" do
    expect(settings_of(password: "gehe\u00EFm".b)).to include("password" => "gehe\u00EFm")
  end

  it "encodes text of another encoding" do
    expect(settings_of(password: "gehe\u00EFm".encode("ISO-8859-1"))).to include("password" => "gehe\u00EFm")
  end

  it "names the key of a value that JSON cannot hold, without the value" do
    expect(refusal_of(password: "hunter2\xFF")).to end_with(": password is not valid UTF-8")
    expect(refusal_of(idle_timeout: Float::NAN)).to end_with(": idle_timeout must be a finite number")
    expect(refusal_of(idle_timeout: Complex(1, 1))).to end_with(": idle_timeout must be a finite number")
    expect(refusal_of(delivery_method: "sidekiq", delivery_options: { worker: Class.new }))
      .to end_with(": delivery_options.worker cannot be of class Class")
    [OpenSSL::X509::Certificate, OpenSSL::X509::Store].each do |klass| # a certificate with nothing in it
      expect(refusal_of(ssl: { cert: klass.new })).to end_with(": ssl.cert cannot be of class #{klass}")
    end
  end

  it "takes a class as its name" do
    stub_const("Jobs::Mail", Class.new)

    expect(settings_of(delivery_method: "sidekiq", delivery_options: { worker: Jobs::Mail })["delivery_options"])
      .to eq("worker" => "Jobs::Mail")
  end

  it "takes OpenSSL's certificates and keys as PEM" do
    key = OpenSSL::PKey::EC.generate("prime256v1")
    certificate = OpenSSL::X509::Certificate.new.tap do |made|
      made.public_key = key
      made.sign(key, "SHA256")
    end

    expect(MailRoom::Plain.mapping({ cert: certificate, key: key }))
      .to eq("cert" => certificate.to_pem, "key" => key.to_pem)
  end

  it "takes numbers of any kind" do
    expect(settings_of(port: Rational(993), idle_timeout: Rational(5, 2), delivery_timeout: BigDecimal("1.5")))
      .to include("port" => 993, "idle_timeout" => 2.5, "delivery_timeout" => 1.5)
  end

  it "takes a search command as a list, as Net::IMAP does" do
    expect(settings_of(search_command: ["UNSEEN", :from, 'the "boss"', "LARGER", 5])["search_command"])
      .to eq('UNSEEN from "the \\"boss\\"" LARGER 5')
  end

  it "refuses a mapping that holds itself" do
    options = {}
    options[:self] = options

    expect(refusal_of(delivery_options: options)).to include("nested too deeply")
  end
end
