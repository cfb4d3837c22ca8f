# frozen_string_literal: true

require "support/servers"

RSpec.describe MailRoom::Check::Smtp do
  let(:servers) { [] }
  let(:certificates) { Servers::Certificates.new }
  let(:mail) { "Subject: check\r\n\r\n.hidden dot\r\n" }

  after { servers.each(&:remove) }

  def server(**options)
    Servers::Smtp.new(**options).start.tap { |made| servers << made }
  end

  # @return [MailRoom::Check::Finding, nil]
  def deliver(url, password: nil)
    described_class.new(url, env: { "SMTP_PASSWORD" => password })
                   .deliver(mail, from: "a@example.com", to: "b+c@example.com")
  end

  # For this example alone.
  def trusting(file)
    before = ENV.fetch("SSL_CERT_FILE", nil)
    ENV["SSL_CERT_FILE"] = file
    yield
  ensure
    ENV["SSL_CERT_FILE"] = before
  end

  %w[localhost smtp:localhost smtp:// http://localhost smtp://localhost/x smtp://local:host:1 smtp://localhost:x
     smtp://localhost:65536 smtp://user@ user@localhost].each do |url|
    it "refuses #{url.inspect}" do
      expect { described_class.new(url, env: {}) }
        .to raise_error(MailRoom::ConfigurationError, "--send-via must be smtp[s]://[user@]host[:port]")
    end
  end

  it "takes the password from the environment alone" do
    expect { described_class.new("smtp://me:hunter2@localhost", env: {}) }
      .to raise_error(MailRoom::ConfigurationError, /must not have the password: .*SMTP_PASSWORD/)
    expect { described_class.new("smtp://me@localhost", env: {}) }
      .to raise_error(MailRoom::ConfigurationError, /names a user: .*SMTP_PASSWORD/)
  end

  it "knows the ports" do
    expect(%w[smtp://mx smtps://mx smtp://[::1]:587 smtp://me@example.com@mx].map do |url|
      described_class.new(url, env: { "SMTP_PASSWORD" => "secret" }).to_s
    end).to eq(%w[mx:25 mx:465 ::1:587 mx:25])
  end

  it "hands a message over" do
    smtp = server
    expect(deliver("smtp://127.0.0.1:#{smtp.port}")).to be_nil
    expect(smtp.commands).to match([/\AEHLO \S/, "MAIL FROM:<a@example.com>", "RCPT TO:<b+c@example.com>", "DATA",
                                    "QUIT"])
    expect(smtp.mails).to eq(["Subject: check\r\n\r\n..hidden dot\r\n"])
  end

  it "uses TLS where it is offered, and logs in" do
    smtp = server(certificate: certificates.good, extensions: ["AUTH PLAIN LOGIN"])
    trusting(certificates.ca_file) do
      expect(deliver("smtp://me%40example.com@localhost:#{smtp.port}", password: "hunter2")).to be_nil
    end
    expect(smtp.commands[0, 4]).to match([/EHLO/, "STARTTLS", /EHLO/, /\AAUTH PLAIN/])
    expect(smtp.commands[3].split.last.unpack1("m")).to eq("\0me@example.com\0hunter2")
  end

  it "uses TLS from the first byte with smtps" do
    smtp = server(certificate: certificates.good, tls: :first)
    trusting(certificates.ca_file) { expect(deliver("smtps://localhost:#{smtp.port}")).to be_nil }
    expect(smtp.mails.size).to eq(1)
  end

  it "verifies certificates where a password or the scheme asks for TLS" do
    smtp = server(certificate: certificates.self_signed, extensions: ["AUTH PLAIN"])
    found = deliver("smtp://me@localhost:#{smtp.port}", password: "hunter2")
    expect(found).to have_attributes(check: "sending", outcome: "no", detail: /certificate verify failed/)
    expect(smtp.commands).to match([/EHLO/, "STARTTLS"])
    smtps = server(certificate: certificates.self_signed, tls: :first)
    expect(deliver("smtps://localhost:#{smtps.port}").detail).to match(/certificate verify failed/)
  end

  it "takes any certificate where it would send without TLS, too" do
    [certificates.self_signed, certificates.wrong_host, certificates.expired].each do |certificate|
      smtp = server(certificate: certificate)
      expect(deliver("smtp://localhost:#{smtp.port}")).to be_nil
      expect([smtp.commands[1], smtp.mails.size]).to eq(["STARTTLS", 1])
    end
  end

  it "gives no password without TLS to a machine whose name looks like this one's address" do
    smtp = server(extensions: ["AUTH PLAIN"])
    allow(Socket).to(receive(:tcp).and_wrap_original { |open, _, *rest| open.call("127.0.0.1", rest.first) })
    expect(deliver("smtp://me@127.evil.example:#{smtp.port}", password: "hunter2"))
      .to have_attributes(outcome: "no", advice: /STARTTLS.*smtps/)
    expect(smtp.commands.grep(/AUTH/)).to eq([])
  end

  it "takes a user and a password of any bytes, and shows no password that a server repeats" do
    ["h\xFCnter2", "h\u00FCnter2", "hunter2"].each do |password|
      sent = ["\0m\u00FCller\0".b + password.b].pack("m0")
      ["#{sent}, or", "#{sent[0, 20]}... or", [password].pack("m0")].each do |repeated|
        smtp = server(answers: { "AUTH" => "535 bad AUTH PLAIN #{repeated} \0#{password}".b },
                      extensions: ["AUTH PLAIN"])
        found = deliver("smtp://m\u00FCller@127.0.0.1:#{smtp.port}", password: password)
        expect(smtp.commands[1]).to eq("AUTH PLAIN #{sent}")
        expect(found).to have_attributes(outcome: "no", detail: /535 bad AUTH PLAIN \[REDACTED\]/)
        expect(found.detail).to not_include("nter2").and not_include(sent[0, 20])
        expect(found.detail).to not_include([password].pack("m0"))
      end
    end
  end

  it "shows no password when it is inspected" do
    smtp = described_class.new("smtp://me@localhost", env: { "SMTP_PASSWORD" => "hunter2" })
    round_trip = MailRoom::Check::RoundTrip.new(smtp)
    expect([smtp, round_trip].map(&:inspect).join).not_to include("hunter2")
  end

  {
    { "AUTH" => "535 5.7.8 hunter2 is wrong" } => [/535 5.7.8 \[REDACTED\] is wrong/, /SMTP_PASSWORD/],
    { "MAIL" => "553 5.7.1 not your address" } => [/553 5.7.1 not your address/, /another sender/],
    { "RCPT" => "550 5.1.1 no such user" } => [/550 5.1.1 no such user/, /did not take it/],
    { "DATA" => "451 4.3.0 later" } => [/451 4.3.0 later/, /did not take it/],
    { "AUTH" => "503 5.5.1 Error: authentication not enabled" } => [/503 5.5.1/, /Nobody can log in there/],
    { "MAIL" => nil } => [/end of file/, /host and port/]
  }.each do |answers, (detail, advice)|
    it "tells of #{answers.inspect}" do
      smtp = server(answers: answers, extensions: ["AUTH PLAIN"])
      found = deliver("smtp://me@127.0.0.1:#{smtp.port}", password: "hunter2")
      expect(found).to have_attributes(outcome: "no", detail: detail, advice: advice)
      expect(found.detail).to start_with("127.0.0.1:#{smtp.port}: ").and not_include("hunter2")
    end
  end

  it "tells of a server that does not speak SMTP, and of one that has no TLS for the password" do
    imap = server(greeting: "* OK [CAPABILITY IMAP4rev1] ready")
    expect(deliver("smtp://127.0.0.1:#{imap.port}"))
      .to have_attributes(outcome: "no", detail: /IMAP4rev1/, advice: /\AThis is no SMTP server/)
    plain = described_class.new("smtp://me@localhost:#{server.port}", env: { "SMTP_PASSWORD" => "secret" })
    allow(plain).to receive(:starttls).and_return(:always) # as for any other machine
    expect(plain.deliver(mail, from: "a@example.com", to: "b@example.com"))
      .to have_attributes(outcome: "no", advice: /STARTTLS.*smtps/)
  end

  it "tells of a server that is not there" do
    expect(deliver("smtp://127.0.0.1:#{Servers::Ports.free}"))
      .to have_attributes(outcome: "no", detail: /Connection refused/, advice: "Check host and port of --send-via")
  end

  it "tells of a Ruby without net-smtp" do
    smtp = described_class.new("smtp://localhost", env: {})
    allow(smtp).to receive(:require).with("net/smtp").and_raise(LoadError)
    expect(smtp.deliver(mail, from: "a@example.com", to: "b@example.com"))
      .to have_attributes(outcome: "no", detail: /net-smtp/, advice: /GEM_PATH|Gemfile/)
  end
end
