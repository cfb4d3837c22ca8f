# frozen_string_literal: true

require "tempfile"
require "yaml"

RSpec.describe MailRoom::Explain::Addresses do
  def to(address)
    "To: #{address}\r\n\r\nbody\r\n"
  end

  # @return [Array] the addresses a message is explained for, its mailbox and its key
  def explained(addresses, raw)
    incoming_email, told = addresses.explain(raw)
    [incoming_email.address, incoming_email.service_desk_address, *told[:route].values_at(:mailbox, :mail_key)]
  end

  describe ".given" do
    it "takes one address, or two" do
      addresses = described_class.given(address: "in+%{key}@example.com",
                                        service_desk_address: "help+%{key}@example.com")
      expect(explained(addresses, to("help+k@example.com")).last(2)).to eq(%w[service_desk_email k])
    end

    it "refuses a blank one, as an unset variable of a shell makes it" do
      expect { described_class.given(address: " ") }
        .to raise_error(MailRoom::ConfigurationError, "explain: --address is blank")
      expect { described_class.given(address: "in+%{key}@example.com", host: "") }
        .to raise_error(MailRoom::ConfigurationError, "explain: --host is blank")
    end
  end

  describe ".configured" do
    def configured(*sections)
      Tempfile.create("mail_room.yml") do |file|
        file.write(YAML.dump(mailboxes: sections.map { |section| { incoming_email: section } }))
        file.close
        described_class.configured(file.path)
      end
    end

    it "puts the addresses of one GitLab together" do
      addresses = configured({ address: "in+%{key}@example.com", host: "gitlab.example.com" },
                             { address: "help+%{key}@example.com", mailbox_type: "service_desk_email" })
      both = ["in+%{key}@example.com", "help+%{key}@example.com"]
      expect(explained(addresses, to("help+k@example.com"))).to eq([*both, "service_desk_email", "k"])
      expect(explained(addresses, to("in+k@example.com"))).to eq([*both, "incoming_email", "k"])
    end

    it "goes by the first address that yields a key, and else by the first" do
      addresses = configured({ address: "in+%{key}@example.com", host: "gitlab.example.com" },
                             { address: "old-%{key}@example.com", host: "gitlab.example.com" },
                             { address: "in+%{key}@example.org", host: "gitlab.example.org" })
      found = %w[in+k@example.com old-k@example.com in+k@example.org nobody@example.com].map do |address|
        explained(addresses, to(address)).values_at(0, 3)
      end
      expect(found).to eq([["in+%{key}@example.com", "k"], ["old-%{key}@example.com", "k"],
                           ["in+%{key}@example.org", "k"], ["in+%{key}@example.com", nil]])
    end

    it "compares replies with the host of each" do
      addresses = configured({ address: "a@example.com", host: "one.example" },
                             { address: "b@example.com", host: "two.example" })
      raw = "References: <x@y> <reply-k@two.example>\r\n\r\n"
      expect(explained(addresses, raw).values_at(0, 3)).to eq(["b@example.com", "k"])
    end

    it "names the file" do
      expect do
        configured
      end.to raise_error(MailRoom::ConfigurationError, /mail_room.yml.*: no mailbox has incoming_email/)
    end
  end
end
