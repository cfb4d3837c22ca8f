# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::Configuration::Document do
  around { |example| Dir.mktmpdir { |folder| (@folder = folder) && example.run } }

  attr_reader :folder

  # Whoever runs this may have an environment of Rails of their own.
  before { stub_const("ENV", ENV.to_h.except(*MailRoom::GitLab::Installation::ENVIRONMENT)) }

  def document(text, name: "any.yml", **options)
    path = File.join(folder, name)
    File.write(path, text)
    described_class.new(path, **options)
  end

  def error_of(...)
    document(...).to_h
    nil
  rescue MailRoom::ConfigurationError => error
    error.message
  end

  section = "{enabled: true, address: 'in+%{key}@example.com', user: in, password: hunter2, host: imap.example.com}"
  program = <<~RUBY
    external_url 'https://gitlab.example.com'
    gitlab_rails['incoming_email_enabled'] = true
    gitlab_rails['incoming_email_address'] = "in+%{key}@example.com"
    gitlab_rails['incoming_email_email'] = "in"
    gitlab_rails['incoming_email_password'] = "secret"
    gitlab_rails['incoming_email_host'] = "imap.example.com"
  RUBY

  it "is a mail_room.yml when it has mailboxes, whatever its name" do
    read = document("mailboxes: [{email: a}]\n:log: <%= 1 + 1 %>\n", name: "gitlab.yml")

    expect(read.to_h).to eq(mailboxes: [{ "email" => "a" }], log: 2)
    expect([read.gitlab?, read.place(0), read.emptiness]).to eq([false, "mailboxes[0]", "mailboxes is empty"])
  end

  ["{}", "health_check: {port: 1}", "mailboxs: []", "shutdown_timeout: 1", "a: &a {port: 1}",
   ":mailboxs: [{email: a}]\nproduction: {}"].each do |text|
    it "is a mail_room.yml without mailboxes: #{text}" do
      expect(document(text)).to have_attributes(gitlab?: false, to_h: not_include(:mailboxes))
    end
  end

  ["production: {incoming_email: #{section}}", "eigene: &a {incoming_email: #{section}}\nproduction: *a",
   "production:\n  incoming_email:\n    <<: #{section}\nhealth: {}"].each do |text|
    it "is a gitlab.yml when it has environments, whatever its name: #{text.lines.first.strip}" do
      read = document(text, name: "mail_room.yml")
      stub_const("ENV", ENV.to_h.merge("RAILS_ENV" => "production"))

      expect(read.to_h[:mailboxes].map { |mailbox| mailbox[:email] }).to eq(["in"])
      expect([read.gitlab?, read.place(0), read.place(1)])
        .to eq([true, "production.incoming_email", "mailboxes[1]"])
    end
  end

  it "is a gitlab.rb when its name says so" do
    read = document(program, name: "gitlab.rb")

    expect(read.to_h[:mailboxes].map { |mailbox| mailbox[:host] }).to eq(["imap.example.com"])
    expect([read.gitlab?, read.place(0)]).to eq([true, "gitlab_rails['incoming_email_...']"])
  end

  it "says why there are no mailboxes" do
    read = document("production: {incoming_email: {enabled: false}, service_desk_email: {enabled: true}}")

    expect([read.to_h, read.emptiness])
      .to eq([{ mailboxes: [] }, "production.incoming_email.enabled is false and " \
                                 "production.service_desk_email.address is empty"])
    expect(document("", name: "gitlab.rb").tap(&:to_h).emptiness)
      .to start_with("gitlab_rails['incoming_email_...'] is missing and ")
  end

  it "warns of that as of an empty list" do
    path = File.join(folder, "gitlab.yml")
    File.write(path, "production: {incoming_email: {enabled: false}}")

    expect { MailRoom::Configuration.new(config_path: path) }
      .to output("mail_room: #{path}: production.incoming_email.enabled is false and production.service_desk_email " \
                 "is missing, so there is nothing to watch\n").to_stderr
  end

  it "warns of a file that is neither, and tells what it could be" do
    path = File.join(folder, "mail_room.yml")
    File.write(path, "defaults: &a {port: 993}")

    expect { MailRoom::Configuration.new(config_path: path) }
      .to output("mail_room: #{path}: mailboxes is empty, and no section such as production makes it a gitlab.yml, " \
                 "so there is nothing to watch\n").to_stderr
  end

  it "has the mailboxes that are right when one is not, and is told of the other" do
    path = File.join(folder, "gitlab.yml")
    File.write(path, "production: {incoming_email: #{section.sub('enabled', 'port: imaps, enabled')}, " \
                     "service_desk_email: #{section.sub('enabled', 'log_path: /dev/null, enabled')}}")
    told = []
    configuration = nil
    listener = ->(_, text) { told << text }
    expect { configuration = MailRoom::Configuration.new(config_path: path, quiet: true, listener: listener) }
      .not_to output.to_stderr
    expect(configuration.mailboxes.map { |mailbox| mailbox.incoming_email[:mailbox_type] })
      .to eq(["service_desk_email"])
    expect(told).to match([/\Aproduction\.incoming_email\.port must be/])
  end

  it "tells how a gitlab.rb with another name is known" do
    ["", "# The URL: 'of GitLab'\n\n"].each do |before|
      path = File.join(folder, "gitlab2.txt")
      File.write(path, "#{before}#{program}")
      expect { described_class.new(path).to_h }
        .to raise_error(MailRoom::ConfigurationError, /; if it is a gitlab\.rb, its name must end in \.rb\z/)
    end
  end

  it "names the place of a mailbox that cannot be loaded" do
    path = File.join(folder, "gitlab.yml")
    File.write(path, "production: {incoming_email: #{section.sub('imap.example.com', '~')}}")

    expect { MailRoom::Configuration.new(config_path: path) }.to raise_error(
      MailRoom::ConfigurationError, /\A#{path}: production\.incoming_email: Field :host is required/
    )
  end

  { "delivery_method: webhook, gitlab_url: 'ht!tp:/x', secret_file: a" =>
      "production.incoming_email.gitlab_url must be",
    "delivery_method: webhook, gitlab_url: 'http://x', secret_file: a" =>
      "production.incoming_email.secret_file cannot be used",
    "queue: default" => "%s/resque.yml: production.url must be" }.each do |settings, problem|
    it "names settings as they are written there: #{problem}" do
      path = File.join(folder, "gitlab.yml")
      File.write(path, "production: {incoming_email: #{section.sub('enabled', "#{settings}, enabled")}}")
      File.write(File.join(folder, "resque.yml"), "production: http://x")

      expect { MailRoom::Configuration.new(config_path: path) }
        .to raise_error(MailRoom::ConfigurationError, /: #{Regexp.escape(problem.sub('%s', folder))} /)
    end
  end

  { "incoming_email: #{section}" =>
      "incoming_email stands at the top; it belongs below an environment, such as production",
    "staging: {}\ndevelopment: 5" => "development must be a mapping, not Integer",
    "test: {}\nstaging: {}" => "there is no section development, only test, staging; RAILS_ENV says which one counts",
    "production: {incoming_email: [1]}" => "production.incoming_email must be a mapping, not Array",
    "[]" => "the top level must be a mapping, not Array" }.each do |text, message|
    it "refuses #{text}" do
      expect(error_of(text)).to eq(message)
    end
  end

  it "is printed without what stands in it" do
    read = document("production: {incoming_email: #{section}}").tap(&:to_h)

    expect(read.inspect).to eq("#<MailRoom::Configuration::Document>")
  end
end
