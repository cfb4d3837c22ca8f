# frozen_string_literal: true

require "fileutils"
require "tmpdir"

RSpec.describe MailRoom::GitLab::Yml do
  fixtures = File.expand_path("../../fixtures/configurations", __dir__)

  around { |example| Dir.mktmpdir { |folder| (@root = folder) && example.run } }

  before { environment }

  attr_reader :root

  def environment(**variables)
    names = [*MailRoom::GitLab::Installation::ENVIRONMENT, MailRoom::GitLab::Installation::SECRETS_FILE]
    stub_const("ENV", ENV.to_h.except(*names).merge(variables.transform_keys(&:to_s)))
  end

  def write(name, text)
    path = File.join(root, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
    path
  end

  def yml(text)
    described_class.new(write("config/gitlab.yml", text))
  end

  # @param settings [String] of incoming_email, besides those of a mailbox that is right
  def production(settings = "", others = "")
    section = "enabled: true, address: 'in+%{key}@example.com', user: in, password: plain, host: h, #{settings}"
    yml("production:\n  incoming_email: { #{section} }\n#{others}")
  end

  def mailbox(...)
    production(...).mailboxes.first
  end

  # What GitLab's template renders for the same files; see configuration/gitlab_spec.rb.
  %w[disabled enabled sentinel_password ms_graph].each do |name|
    it "is what GitLab renders: #{name}" do
      environment(RAILS_ENV: "test")
      root = "#{fixtures}/gitlab_#{name}"
      mailboxes = described_class.new("#{root}/config/gitlab.yml").mailboxes
      rendered = MailRoom::Configuration::Template.new("#{fixtures}/#{name}.yml").to_h[:mailboxes].to_a
      # GitLab leaves the path of the secret as it is, and starts mail_room in its root.
      secrets = rendered.map { |mailbox| mailbox[:delivery_options] }.select { |options| options[:jwt_secret_path] }
      secrets.each { |options| options[:jwt_secret_path] = File.join(root, options[:jwt_secret_path]) }

      expect(mailboxes.map { |mailbox| mailbox.except(:incoming_email) }).to eq(rendered)
      expect(mailboxes.map { |mailbox| mailbox.dig(:incoming_email, :mailbox_type) })
        .to eq(%w[incoming_email service_desk_email].first(rendered.size))
    end
  end

  it "lies in the folder config of the Rails root" do
    expect(production).to have_attributes(root: root, path: "#{root}/config/gitlab.yml")
    expect(mailbox("log_path: log/other.json")[:logger]).to eq(log_path: "#{root}/log/other.json")
    expect(mailbox[:logger]).to eq(log_path: "#{root}/log/mail_room_json.log")
  end

  it "is evaluated as ERB" do
    environment(IMAP_PASSWORD: "from outside")
    expect(mailbox("<%= \"password: '\#{ENV.fetch('IMAP_PASSWORD')}'\" %>")[:password]).to eq("from outside")
  end

  describe "the environment" do
    def found(text, **variables)
      environment(**variables)
      yml(text).environment
    end

    it "is production when there is nothing else" do
      expect(found("production: {}")).to eq("production")
      expect(found(".base: &base {}\nproduction: *base")).to eq("production")
      expect(found("default: &base {}\nproduction: *base")).to eq("production")
    end

    it "is development when there are several, as Rails has it" do
      expect(found("production: {}\ndevelopment: {}")).to eq("development")
    end

    it "is what RAILS_ENV or RACK_ENV say, in this order" do
      text = "production: {}\ntest: {}"
      expect(found(text, RAILS_ENV: "test", RACK_ENV: "production")).to eq("test")
      expect(found(text, RAILS_ENV: "", RACK_ENV: "production")).to eq("production")
    end

    it "has to be there" do
      expect { found("production: {}", RAILS_ENV: "staging") }.to raise_error(
        MailRoom::ConfigurationError, "there is no section staging, only production; RAILS_ENV says which one counts"
      )
    end
  end

  it "does not tell that a mailbox is missing which is not right" do
    write("config/resque.yml", "production: [")
    installation = production
    told = []

    expect(installation.mailboxes_by_place { |error| told << error.message }).to be_empty
    expect(told).to match([/resque\.yml: YAML/])
    expect(installation.reasons)
      .to eq(["production.incoming_email is not right", "production.service_desk_email is missing"])
  end

  it "needs no password where another proof is written" do
    ["password_file: /run/secrets/imap", "inbox_method: microsoft_graph", "oauth2: {preset: google}"].each do |proof|
      expect { mailbox("password: , #{proof}") }.not_to raise_error
    end
  end

  it "refuses a mail_room.yml" do
    expect { yml("mailboxes: []") }.to raise_error(MailRoom::ConfigurationError, /so it is a mail_room\.yml/)
  end

  it "tells GitLab's host, by which replies are known" do
    others = "  gitlab: { host: gitlab.example.com }\n"
    expect(mailbox("", others)[:incoming_email])
      .to eq(address: "in+%{key}@example.com", host: "gitlab.example.com", mailbox_type: "incoming_email")
    expect(mailbox[:incoming_email]).not_to include(:host)
  end

  it "warns of unknown keys, with the file" do
    expect { mailbox("mailbx: a, idel_timeout: 1, zzz: 1") }.to output(
      "mail_room: #{root}/config/gitlab.yml: unknown key production.incoming_email.mailbx, did you mean mailbox?\n" \
      "mail_room: #{root}/config/gitlab.yml: unknown key production.incoming_email.idel_timeout, did you mean " \
      "idle_timeout?\nmail_room: #{root}/config/gitlab.yml: unknown key production.incoming_email.zzz\n"
    ).to_stderr
  end

  describe "encrypted credentials" do
    key = "k" * 64

    def encrypt(text, path: "shared/encrypted_settings/incoming_email.yaml.enc", key: "k" * 64)
      path = File.join(root, path)
      FileUtils.mkdir_p(File.dirname(path))
      MailRoom::GitLab::EncryptedFile.new(path, key: key).write(text)
    end

    it "count before what is written" do
      write("config/secrets.yml", "production: { encrypted_settings_key_base: #{key} }")
      encrypt("user: 4711\npassword: 'encrypted'\n")

      expect(mailbox("password_file: /run/secrets/imap")).to include(email: "4711", password: "encrypted")
        .and(not_include(:password_file))
    end

    it "count one by one" do
      write("config/secrets.yml", "shared: { encrypted_settings_key_base: #{key} }")
      encrypt("password: encrypted")

      expect(mailbox).to include(email: "in", password: "encrypted")
    end

    it "need no key where there are none" do
      write("config/secrets.yml", "production: <%= raise 'read' %>")

      expect(mailbox).to include(email: "in", password: "plain")
    end

    it "are named with what is missing" do
      message = "production.incoming_email.password is missing: it is neither there nor in " \
                "#{root}/shared/encrypted_settings/incoming_email.yaml.enc"
      expect { mailbox("password: ") }.to raise_error(MailRoom::ConfigurationError, "#{message}, which does not exist")

      write("config/secrets.yml", "production: { encrypted_settings_key_base: #{key} }")
      encrypt("user: a")
      expect { mailbox("password: ") }.to raise_error(MailRoom::ConfigurationError, message)
    end

    it "open with a key of before" do
      write("config/secrets.yml", "production: { encrypted_settings_key_base: #{'n' * 64}, " \
                                  "rotated_encrypted_settings_key_base: [#{key}] }")
      encrypt("password: encrypted")

      expect(mailbox[:password]).to eq("encrypted")
    end

    { "encrypted_secret_file: other.yaml.enc" => ["", "other.yaml.enc"],
      "" => ["  encrypted_settings: { path: safe }\n", "safe/incoming_email.yaml.enc"],
      "ssl: false" => ["  shared: { path: /mnt }\n", "/mnt/encrypted_settings/incoming_email.yaml.enc"] }
      .each do |settings, (others, path)|
        it "lie where the file says: #{path}" do
          expect(production(settings, others).encrypted_path(:incoming_email)).to eq(File.expand_path(path, root))
        end
      end

    it "do not lie below the home of nobody" do
      expect { production("", "  shared: { path: ~no-such-user/a }\n").encrypted_path(:incoming_email) }
        .to raise_error(MailRoom::ConfigurationError, "production.shared.path is no path of a file")
    end

    it "are looked for in MAIL_ROOM_GITLAB_SECRETS_FILE" do
      path = write("elsewhere.yml", "shared: { encrypted_settings_key_base: #{key} }")
      environment(MAIL_ROOM_GITLAB_SECRETS_FILE: path)
      encrypt("password: encrypted")

      expect(mailbox[:password]).to eq("encrypted")
    end

    it "are not read without a key, and that is told" do
      encrypt("password: encrypted")

      expect { expect(mailbox[:password]).to eq("plain") }
        .to output(/email\.yaml\.enc is not read: .*secrets\.yml has no encrypted_settings_key_base$/).to_stderr
    end

    it "are refused with another key, without a word of what is in them" do
      write("config/secrets.yml", "production: { encrypted_settings_key_base: #{'n' * 64} }")
      encrypt("password: hunter2")

      expect { mailbox }.to raise_error(MailRoom::ConfigurationError, /\ACouldn't decrypt .*incoming_email\.yaml\.enc/)
    end

    it "are not touched, and neither is any other file with a secret, when none is asked for" do
      write("config/secrets.yml", "production: <%= raise 'read' %>")
      write("config/resque.yml", "production: <%= raise 'read' %>")
      encrypt("password: encrypted")

      expect(production.mailboxes(secrets: false)).to match([a_hash_including(email: "in")])
    end
  end
end
