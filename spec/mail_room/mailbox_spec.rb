# frozen_string_literal: true

require "openssl"
require "tmpdir"

RSpec.describe MailRoom::Mailbox do
  let(:messages) { [] }
  let(:delivery_klass) { delivery_class(messages.method(:push)) }

  describe ".new" do
    it "fills in what was left out" do
      mailbox = described_class.new(email: "a@example.com", password: "p", name: "inbox", delivery_method: "noop")

      expect(mailbox.to_h).to include(host: "imap.gmail.com", port: 993, ssl: true, start_tls: false,
                                      search_command: "UNSEEN", idle_timeout: 1740, limit_max_unread: 0,
                                      delete_after_delivery: false, expunge_deleted: false,
                                      delivery_options: {}, arbitration_method: "noop")
    end

    it "takes string keys like symbol keys" do
      expect(described_class.new(mailbox_attributes.transform_keys(&:to_s))).to eq(build_mailbox)
    end

    it "keeps options as they were written" do
      options = { mailbox_type: "incoming_email", "nested" => { key: 1 } }

      expect(build_mailbox(delivery_options: options).delivery_options).to eq(options)
    end

    it "knows where the mailboxes of a preset are, and needs no password for them" do
      host = lambda do |preset, **others|
        oauth2 = { "preset" => preset, tenant_id: "12345", client_id: "6789", client_secret: "c", refresh_token: "r" }
        oauth2.delete(:tenant_id) if preset == "google"
        build_mailbox(password: nil, oauth2: oauth2, **others).host
      end

      expect(host.call("microsoft365", host: nil)).to eq("outlook.office365.com")
      expect(host.call("google", host: nil)).to eq("imap.gmail.com")
      expect(host.call("microsoft365")).to eq("imap.example.com")
    end

    # cells-mailroom passes whatever its own configuration leaves out as nil.
    it "takes nil for a switch as off and for anything else as left out" do
      mailbox = build_mailbox(ssl: nil, start_tls: nil, delete_after_delivery: nil, expunge_deleted: nil,
                              idle_timeout: nil, search_command: nil, delivery_options: nil,
                              arbitration_method: nil, arbitration_options: nil, logger: nil)

      expect(mailbox.to_h).to include(ssl: false, start_tls: false, delete_after_delivery: false,
                                      expunge_deleted: false, idle_timeout: 1740, search_command: "UNSEEN",
                                      delivery_options: {}, arbitration_method: "noop", arbitration_options: {})
    end

    it "does not let mailboxes share their options" do
      build_mailbox.delivery_options[:queue] = "mine"

      expect(build_mailbox.delivery_options).to eq({})
    end

    it "warns of an unknown key, with the nearest known one and without its value" do
      expect { build_mailbox(serch_command: "s3cret", zzz: 1) }
        .to output(<<~TEXT).to_stderr
          mail_room: mailbox "inbox" of support@example.com: unknown key :serch_command, did you mean :search_command?
          mail_room: mailbox "inbox" of support@example.com: unknown key :zzz
        TEXT
    end

    it "refuses anything but a mapping" do
      expect { described_class.new([1]) }
        .to raise_error(MailRoom::ConfigurationError, "a mailbox must be a mapping, not Array")
    end
  end

  it "keeps the positions of gitlab-mail_room's fields" do
    expect(MailRoom::MAILBOX_FIELDS.take(23)).to eq(
      %i[email password host port ssl start_tls limit_max_unread idle_timeout search_command name
         delete_after_delivery expunge_deleted delivery_klass delivery_method log_path delivery_url delivery_token
         content_type location delivery_options arbitration_method arbitration_options logger]
    )
    expect(described_class.members).to eq(MailRoom::MAILBOX_FIELDS)
  end

  describe "what it shows of itself" do
    let(:mailbox) do
      build_mailbox(delivery_token: "t0ken",
                    delivery_options: { redis_url: "redis://user:pa/ss@redis.example.com:6379/1",
                                        "sentinel_password" => "s3ntinel" },
                    inbox_options: { client_secret: "cl1ent" },
                    oauth2: { token_url: "https://login.example.com/?key=que2y", client_id: "6789",
                              "client_secret" => "0auth-secret", refresh_token: "refre5h" })
    end

    %i[inspect to_s].each do |method|
      it "tells no secret by #{method}" do
        text = mailbox.public_send(method)

        expect(text).not_to match(%r{hunter2|t0ken|pa/|ss@|s3ntinel|cl1ent|que2y|0auth|refre5h})
        expect(text).to include("email=\"support@example.com\"", "password=[REDACTED]",
                                "redis://[REDACTED]@redis.example.com:6379/1")
      end
    end
  end

  it "tells no secret by pp, which looks past inspect" do
    expect { pp build_mailbox }.to output(include("[REDACTED]").and(not_include("hunter2"))).to_stdout
  end

  describe "#delivery" do
    it "is of the class delivery_method names, whether string or symbol" do
      expect([build_mailbox, build_mailbox(delivery_method: :noop)].map(&:delivery))
        .to all(be_a(MailRoom::Delivery::Noop))
    end

    it "is of the class that was given, made once with its Options" do
      mailbox = build_mailbox(delivery_klass: delivery_klass)

      expect(mailbox.delivery).to be_a(delivery_klass).and equal(mailbox.delivery)
      expect(mailbox.delivery.options).to eq(delivery_klass::Options.new(mailbox))
    end
  end

  describe "#handed_over?" do
    it "is true for a class of the caller's, a subclass of ours included" do
      subclass = Class.new(MailRoom::Delivery::Noop)

      expect([delivery_klass, subclass].map { |klass| build_mailbox(delivery_klass: klass) }).to all(be_handed_over)
    end

    it "is false for what the native part delivers" do
      mailboxes = [build_mailbox, build_mailbox(delivery_klass: MailRoom::Delivery::Logger)]

      expect(mailboxes.map(&:handed_over?)).to all(be(false))
    end
  end

  describe "#deliver" do
    let(:mailbox) { build_mailbox(delivery_klass: delivery_klass) }

    it "gives the body to the delivery and returns its answer" do
      expect(mailbox.deliver(MailRoom::Message.new(uid: 7, body: "Subject: hi\r\n"))).to be_truthy
      expect(messages).to eq(["Subject: hi\r\n"])
    end

    it "has nothing to deliver without a body" do
      expect(mailbox.deliver(MailRoom::Message.new(uid: 7, body: nil))).to be(true)
      expect(messages).to be_empty
    end

    it "logs what it does" do
      mailbox = build_mailbox(logger: { log_path: $stdout })

      expect { mailbox.deliver(MailRoom::Message.new(uid: 7, body: "four")) }
        .to output(/"email":"support@example.com".*"uid":7,"action":"sending to deliverer".*"byte_size":4/)
        .to_stdout
    end
  end

  describe "#deliver?" do
    it "asks the arbitration" do
      expect(build_mailbox.deliver?(7)).to be(true)
    end
  end

  describe "#logger" do
    it "writes to the given path" do
      Dir.mktmpdir do |folder|
        path = File.join(folder, "mail_room.log")
        build_mailbox("logger" => { "log_path" => path }).logger.info({ action: "hi" })

        expect(File.read(path)).to include('"action":"hi"')
      end
    end

    it "tells warnings on standard error when there is no path, and nothing else" do
      mailbox = build_mailbox(logger: nil)

      expect { mailbox.logger.tap { |logger| logger.info({ action: "a" }) }.warn({ action: "b" }) }
        .to output(/\A\{"severity":"WARN",.*"action":"b"\}\n\z/).to_stderr
    end

    it "is the logger that was given" do
      logger = Logger.new(nil)

      expect(build_mailbox(logger: logger).logger).to equal(logger)
    end
  end

  describe "#ssl_options" do
    it "is the switch" do
      expect([true, false].map { |ssl| build_mailbox(ssl: ssl).ssl_options }).to eq([true, false])
    end

    it "has verify_mode as OpenSSL's constant and leaves the setting alone" do
      mailbox = build_mailbox(ssl: { "verify_mode" => "none" })

      expect(Array.new(2) { mailbox.ssl_options }).to all(eq(verify_mode: OpenSSL::SSL::VERIFY_NONE))
      expect(mailbox.ssl).to eq("verify_mode" => "none")
    end

    it "takes a verify_mode that is OpenSSL's constant already" do
      expect(build_mailbox(ssl: { verify_mode: OpenSSL::SSL::VERIFY_NONE }).ssl_options)
        .to eq(verify_mode: OpenSSL::SSL::VERIFY_NONE)
    end
  end
end
