# frozen_string_literal: true

RSpec.describe MailRoom::GitLab do
  it "makes paths absolute" do
    expect([described_class.absolute("log/a", "/srv", "log_path"), described_class.absolute("/a", "/srv", "log_path")])
      .to eq(%w[/srv/log/a /a])
  end

  ["~no-such-user/a", "a\0b", 5].each do |path|
    it "refuses #{path.inspect}, and says where it stands" do
      expect { described_class.absolute(path, "/srv", "log_path") }
        .to raise_error(MailRoom::ConfigurationError, "log_path is no path of a file")
    end
  end
end
