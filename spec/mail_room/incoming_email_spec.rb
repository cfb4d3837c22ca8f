# frozen_string_literal: true

RSpec.describe MailRoom::IncomingEmail do
  subject(:incoming_email) { described_class.new(address: "incoming+%{key}@example.com", host: "gitlab.example.com") }

  let(:key) { "59d8df8370b7e95c5a49fbf86aeb2c93" }

  def message(**headers)
    "#{headers.map { |name, value| "#{name.to_s.tr('_', '-')}: #{value}\r\n" }.join}\r\nbody\r\n"
  end

  it "cannot be changed, also its parts" do
    expect(incoming_email).to be_frozen
  end

  it "works after a fork, and in other threads" do
    incoming_email.route(message(To: "incoming+#{key}@example.com"))
    reader, writer = IO.pipe
    child = fork do
      writer.write(incoming_email.route(message(To: "incoming+#{key}@example.com")).handler)
    ensure
      exit!(0) # none of this process's own ends
    end
    writer.close
    expect(reader.read).to eq("create_note")
    expect(Array.new(4) { Thread.new { incoming_email.key_from_address("incoming+k@example.com") } }.map(&:value))
      .to all(eq("k"))
  ensure
    Process.wait(child) if child
  end

  describe "#initialize" do
    it "refuses what is no text, and names it" do
      expect { described_class.new(address: 5) }
        .to raise_error(MailRoom::ConfigurationError, "incoming_email: address must be text, not Integer")
      expect { described_class.new(address: nil, host: :gitlab) }
        .to raise_error(MailRoom::ConfigurationError, "incoming_email: host must be text, not Symbol")
      expect { described_class.new(address: "\xFF%{key}@example.com") }
        .to raise_error(MailRoom::ConfigurationError, "address is not valid UTF-8")
    end

    it "refuses an address that is none by its length" do
      expect { described_class.new(address: "%{key}#{'a' * 1_000_000}@example.com") }
        .to raise_error(MailRoom::ConfigurationError, /too long/)
    end

    it "takes text in any encoding" do
      address = "müll+%{key}@example.com"
      [address.b, address.encode("UTF-16LE"), address.encode("ISO-8859-1")].each do |written|
        made = described_class.new(address: written)
        expect([made.address, made.key_from_address("müll+k@example.com")]).to eq([address, "k"])
      end
    end
  end

  describe "#key_from_address" do
    it "is what stands for the placeholder" do
      expect(incoming_email.key_from_address("incoming+a-1-issue@example.com")).to eq("a-1-issue")
      expect(incoming_email.key_from_address("<incoming+k@example.com>")).to eq("k")
      expect(incoming_email.key_from_address("Incoming+k@example.com")).to be_nil
      expect(incoming_email.key_from_address("")).to be_nil
      expect(incoming_email.key_from_address(nil)).to be_nil
    end

    it "reads an address in any encoding" do
      expect(incoming_email.key_from_address("incoming+ü@example.com".b)).to eq("ü")
      expect(incoming_email.key_from_address("incoming+ü@example.com".encode("UTF-16BE"))).to eq("ü")
      expect(incoming_email.key_from_address("incoming+\xFF@example.com")).to be_valid_encoding
    end

    it "is none without an address, or without a placeholder in it" do
      [nil, "", " \n", "incoming@example.com"].each do |address|
        expect(described_class.new(address: address).key_from_address("incoming@example.com")).to be_nil
      end
    end

    it "uses the address of the Service Desk when it is the only one" do
      service_desk = described_class.new(address: nil, service_desk_address: "help+%{key}@example.com")
      expect(service_desk.key_from_address("help+k@example.com")).to eq("k")
    end

    it "refuses what is no String" do
      expect { incoming_email.key_from_address(5) }.to raise_error(TypeError, "address must be a String, not Integer")
    end
  end

  describe "#reply_address and #unsubscribe_address" do
    it "carry the key" do
      expect(incoming_email.reply_address("k")).to eq("incoming+k@example.com")
      expect(incoming_email.unsubscribe_address("k")).to eq("incoming+k-unsubscribe@example.com")
    end

    it "take the key as it is" do
      expect(incoming_email.reply_address('\\0\\1')).to eq('incoming+\\0\\1@example.com')
      ["k".b, "k".encode("UTF-16LE"), (+"k").force_encoding("UTF-7")].each do |key|
        expect(incoming_email.unsubscribe_address(key)).to eq("incoming+k-unsubscribe@example.com")
      end
    end

    it "are the address itself where it has no placeholder, as in GitLab" do
      dedicated = described_class.new(address: "incoming@example.com")
      expect([dedicated.reply_address("k"), dedicated.unsubscribe_address("k")]).to all(eq("incoming@example.com"))
    end

    it "replace the first placeholder alone" do
      expect(described_class.new(address: "%{key}+%{key}@example.com").reply_address("k")).to eq("k+%{key}@example.com")
    end

    it "are none without an address" do
      nowhere = described_class.new(address: nil)
      expect([nowhere.reply_address("k"), nowhere.unsubscribe_address("k")]).to eq([nil, nil])
    end

    it "refuse what is no String" do
      expect { incoming_email.reply_address(nil) }.to raise_error(TypeError, "key must be a String, not NilClass")
      expect { incoming_email.unsubscribe_address(5) }.to raise_error(TypeError, "key must be a String, not Integer")
    end
  end

  it "knows whether the address can carry a key" do
    expect(incoming_email).to be_supports_wildcard
    expect(described_class.new(address: "incoming@example.com")).not_to be_supports_wildcard
    expect(described_class.new(address: nil)).not_to be_supports_wildcard
  end

  describe "#route" do
    it "tells who takes a message, and what is in the key" do
      route = incoming_email.route(message(To: "incoming+acme-website-42-Token1234567-issue-7@example.com"))
      expect(route.to_h).to eq(
        mailbox: :incoming_email, auto_generated: false, mail_key: "acme-website-42-Token1234567-issue-7", header: "To",
        value: "incoming+acme-website-42-Token1234567-issue-7@example.com", handler: :create_note_on_issuable,
        error: nil, project_id: 42, project_slug: "acme-website", project_path: nil, token: "Token1234567",
        issue_iid: 7, differs_from_gitlab: false
      )
    end

    it "knows which of two addresses a message is for" do
      both = described_class.new(address: "incoming+%{key}@example.com",
                                 service_desk_address: "help+%{key}@example.com")
      routes = %w[incoming+k help+k support].map { |local| both.route(message(Delivered_To: "#{local}@example.com")) }
      expect(routes.map(&:mailbox)).to eq(%i[incoming_email service_desk_email incoming_email])
    end

    it "finds replies without any address, as in GitLab" do
      ids = "<a@b> <reply-#{key}@gitlab.example.com>"
      expect(described_class.new(address: nil, host: "gitlab.example.com").route(message(References: ids)))
        .to have_attributes(handler: :create_note, mail_key: key)
      expect(described_class.new(address: nil).route(message(References: ids)).error).to eq("UnknownIncomingEmail")
    end

    it "goes by the bytes of a message, whatever its encoding" do
      raw = message(Subject: "Müll", To: "incoming+#{key}@example.com")
      %w[BINARY US-ASCII UTF-16LE UTF-16 UTF-7 Shift_JIS].each do |encoding|
        text = raw.dup.force_encoding(encoding).freeze
        expect([incoming_email.route(text).handler, incoming_email.explain(text)[:route][:handler]])
          .to eq([:create_note, "create_note"]), encoding
      end
      expect(incoming_email.route("#{raw}\xFF\xFE").handler).to eq(:create_note)
    end

    it "has an error for messages that hold nothing" do
      expect(["", " \r\n\0"].map { |raw| incoming_email.route(raw).error }).to all(eq("EmptyEmailError"))
    end

    it "refuses what is no String" do
      expect { incoming_email.route(nil) }.to raise_error(TypeError, "raw must be a String, not NilClass")
    end
  end

  it "explains the route it tells, of every mail there is" do
    gitlab = described_class.new(address: "incoming+%{key}@gitlab.example.com", host: "gitlab.example.com")
    Dir[File.expand_path("../fixtures/mails/**/*.eml", __dir__)].each do |file|
      route = gitlab.route(File.binread(file)).to_h
                    .transform_values { |field| field.is_a?(Symbol) ? field.to_s : field }
      told = gitlab.explain(File.binread(file))
      expect([told[:route], told[:difference].nil?]).to eq([route, !route[:differs_from_gitlab]]), file
      next unless route[:mail_key]

      last = told[:looked_at].last
      expect([last[:header], *last[:values].last.values]).to eq(route.values_at(:header, :value, :mail_key)), file
    end
  end

  it "explains a route" do
    expect(incoming_email.explain(message(To: "Incoming+k@example.com", Auto_Submitted: "auto-replied"))).to match(
      route: include(handler: nil, error: "AutoGeneratedEmailError"), difference: nil, gitlab_error: nil,
      auto_generated_by: { header: "Auto-Submitted", value: "auto-replied" },
      looked_at: include({ header: "To", values: [{ value: "Incoming+k@example.com", key: nil }] }),
      hints: [/in case only/]
    )
  end
end
